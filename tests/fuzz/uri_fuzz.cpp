// tests/fuzz/uri_fuzz.cpp - any text as a URI, a name-addr and a list of parameters: views stay inside,
// equality holds.
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/uri.hpp"

#include "sip/syntax/uri_equivalence.hpp"
#include "tests/fuzz/check.hpp"

namespace {

bool inside(std::string_view part, std::string_view whole) {
    return part.empty() ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_uri(std::string_view text) {
    const auto uri = sip::UriView::parse(text);
    if (!uri) return;
    for (const std::string_view part :
         {uri->scheme, uri->user, uri->password, uri->host, uri->parameters, uri->headers}) {
        FUZZ_CHECK(inside(part, text));
        FUZZ_CHECK(part.find_first_of(std::string_view(" \t\r\n<>\"\0", 8)) == std::string_view::npos ||
                   !uri->is_sip());
    }
    if (!uri->is_sip()) return;
    FUZZ_CHECK(!uri->host.empty());
    const std::string again = "sip:" + sip::escape_user(sip::unescape(uri->user)) + "@h";
    const auto reescaped = sip::UriView::parse(again);
    FUZZ_CHECK(uri->user.empty() || reescaped);
    FUZZ_CHECK(uri->user.empty() || sip::unescape(reescaped->user) == sip::unescape(uri->user));
    FUZZ_CHECK(equivalent(*uri, *uri));
    if (!uri->headers.empty()) return;
    // A parameter that only one of them has, and that routes nothing, makes no difference (§19.1.4).
    const std::string longer = std::string(text) + ";zz9";
    const auto other = sip::UriView::parse(longer);
    FUZZ_CHECK(other);
    FUZZ_CHECK(equivalent(*uri, *other) == equivalent(*other, *uri));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_uri(text);
    if (const auto address = sip::NameAddrView::parse(text)) {
        FUZZ_CHECK(inside(address->uri, text) && inside(address->display_name, text) &&
                   inside(address->parameters, text));
        check_uri(address->uri);
    }
    std::size_t parameters = 0;
    for (std::string_view rest = text; !rest.empty(); ++parameters) {
        const auto p = sip::next_parameter(rest);
        FUZZ_CHECK(inside(p.name, text) && inside(p.value, text));
        if (p.has_value) FUZZ_CHECK(sip::find_parameter(text, p.name));
    }
    FUZZ_CHECK(parameters <= size);
    const std::string escaped = sip::escape_user(text);
    FUZZ_CHECK(sip::unescape(escaped) == text);
    return 0;
}
