// sip/redirect_tokens.hpp - marks the Contacts of our 302s, so that a redirected INVITE that comes back
// through us is known (UA-BEHAVIOUR: phones keep URI parameters, but neither Call-ID nor To).
//   sip:bob@192.0.2.7:5060;transport=udp;hw=<32 hex digits>
// Bound to the contact and to the user it was given to, good for 60 s and once. Bounded. SIP loop only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sip {

class RedirectTokens {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds lifetime{60};
    static constexpr std::size_t max_used = 8192;  // more follow-ups in a minute are refused

    explicit RedirectTokens(const std::array<std::uint8_t, 32>& secret);
    /// `uri` with its token. REQUIRES: a SIP URI without headers.
    [[nodiscard]] std::string mark(std::string_view uri, std::string_view user, Time now);
    /// The very URI that `user` was given, without the token, which is now used up.
    [[nodiscard]] std::optional<std::string> take(std::string_view marked, std::string_view user, Time now);
    /// `uri` without the parameter, right or wrong: no token of anybody's helps to route.
    [[nodiscard]] static std::string without_mark(std::string_view uri);

private:
    [[nodiscard]] std::string mac(std::string_view serial_and_expiry, std::string_view uri,
                                  std::string_view user) const;

    std::array<std::uint8_t, 16> key_{};
    std::uint32_t serial_ = 0;
    std::map<std::uint32_t, std::int64_t> used_;             // serial -> expiry
    std::set<std::pair<std::int64_t, std::uint32_t>> ages_;  // the same, oldest first
};

}  // namespace sip
