// node/names/host_kind.cpp - tells key names, .alt names, addresses and domains apart.
#include "node/names/host_kind.hpp"

#include <arpa/inet.h>

#include "crypto/name.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

/// Digits, perhaps hex, in one to four parts.
bool may_be_number(std::string_view host) {
    return !host.empty() && host.front() >= '0' && host.front() <= '9' &&
           host.find_first_not_of("0123456789abcdefxABCDEFX.") == std::string_view::npos;
}

}  // namespace

std::string canonical_host(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    std::string name = sip::lowercase(host);
    asio::error_code error;
    if (const auto address = asio::ip::make_address(name, error); !error) return address.to_string();
    in_addr number{};
    if (!may_be_number(name) || inet_aton(name.c_str(), &number) == 0) return name;
    return asio::ip::address_v4(ntohl(number.s_addr)).to_string();
}

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
