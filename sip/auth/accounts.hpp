// sip/auth/accounts.hpp - the accounts of our users: what a password is checked against, and how calls to the
// account's phones are to be delivered. Who stores them is not known here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sip {

enum class Delivery : std::uint8_t {
    automatic,  // redirect who is known to follow, proxy everybody else
    redirect,   // a 302 wherever one can lead to the phone; what comes back is proxied all the same
    proxy,
};
std::string_view name(Delivery delivery) noexcept;  // "auto", "redirect", "proxy"
[[nodiscard]] std::optional<Delivery> delivery_of(std::string_view text) noexcept;

/// HA1 values (RFC 7616 §3.4.2), lowercase hex, for the realm of the edge. The password is not kept.
struct Credentials {
    std::string ha1_md5;
    std::string ha1_sha256;
    std::optional<Delivery> delivery = {};  // what this account asks for; nothing: as the node
};

class Users {
public:
    virtual ~Users() = default;
    /// nullptr when there is no such user. The pointer is valid until the next call on the SIP loop.
    virtual const Credentials* find(std::string_view user) = 0;
};

}  // namespace sip
