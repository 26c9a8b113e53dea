// sip/syntax/request_uri.cpp - takes out of a URI what would have the far side do more than take a call.
#include "sip/syntax/request_uri.hpp"

#include "sip/syntax/parameters.hpp"
#include "sip/syntax/uri.hpp"
#include "sip/syntax/uri_equivalence.hpp"

namespace sip {

std::string as_request_uri(std::string_view uri) {
    const auto parsed = UriView::parse(uri);
    if (!parsed || !parsed->is_sip()) return std::string(uri);
    if (parsed->headers.empty() && !parsed->parameter("method")) return std::string(uri);
    const char* const end_of_host =
        parsed->parameters.empty() ? parsed->headers.data() : parsed->parameters.data();
    std::string out(uri.substr(0, static_cast<std::size_t>(end_of_host - uri.data()) - 1));
    for (std::string_view rest = parsed->parameters; !rest.empty();) {
        const std::string_view from = rest;
        const bool method = same_escaped(next_parameter(rest).name, "method");
        std::string_view written = from.substr(0, from.size() - rest.size());
        if (!rest.empty()) written.remove_suffix(1);  // the semicolon before the next
        if (!method) out.append(";").append(written);
    }
    return out;
}

}  // namespace sip
