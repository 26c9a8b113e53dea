// node/names/host_kind.cpp - tells key names, .alt names, addresses and domains apart.
#include "node/names/host_kind.hpp"

#include "crypto/name.hpp"
#include "sip/syntax/uri.hpp"

namespace node {

HostName classify(std::string_view host) {
    asio::error_code error;
    const auto address = asio::ip::make_address(std::string(host), error);
    if (!error) return Literal{address};

    std::string name = sip::lowercase(host);
    if (name.ends_with('.')) name.pop_back();
    constexpr std::string_view ours = ".hedge.alt";
    if (name == ours.substr(1)) return BadKeyName{"there is no key before hedge.alt"};
    if (name.ends_with(ours)) {
        const auto key = crypto::decode_name(std::string_view(name).substr(0, name.size() - ours.size()));
        if (!key) return BadKeyName{key.error().message()};
        return KeyName{*key};
    }
    if (name == "alt" || name.ends_with(".alt")) return OtherAlt{};
    return Domain{name};
}

}  // namespace node
