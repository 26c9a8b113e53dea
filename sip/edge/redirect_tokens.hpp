// sip/edge/redirect_tokens.hpp - marks the Contacts of our 302s, so that a redirected INVITE that comes back
// through us is known (phones were seen to keep URI parameters, but neither Call-ID nor To).
//   sip:bob@192.0.2.7:5060;transport=udp;hw=<32 hex digits>
// Bound to the whole contact, its parameters too, and to the user it was given to. Good for a minute and for
// three INVITEs: the far side, and a proxy before it, may each ask for credentials. The token shows neither
// how long we run nor how many calls there were. Bounded. SIP loop only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/recent_map.hpp"

namespace sip {

class RedirectTokens {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds lifetime{60}, longest{70};  // at least, at most
    static constexpr unsigned uses = 3;
    static constexpr std::size_t max_used = 8192;  // more follow-ups in a minute are refused

    explicit RedirectTokens(const std::array<std::uint8_t, 32>& secret);
    /// `uri` with its token. REQUIRES: a SIP URI without headers.
    [[nodiscard]] std::string mark(std::string_view uri, std::string_view user, Time now);
    /// The very URI that `user` was given, without the token, which has one use less now.
    [[nodiscard]] std::optional<std::string> take(std::string_view marked, std::string_view user, Time now);
    /// What a URI says, mark or not, in one spelling: the key to what is known of it.
    [[nodiscard]] static std::string meaning(std::string_view uri);
    /// `uri` without the parameter, right or wrong: no token of anybody's helps to route.
    [[nodiscard]] static std::string without_mark(std::string_view uri);

private:
    struct Used {
        std::int64_t forget_in = 0;  // slot
        unsigned times = 0;
    };
    [[nodiscard]] std::string mac(std::string_view serial, std::int64_t slot, std::string_view uri,
                                  std::string_view user) const;
    void forget(std::int64_t today);

    std::array<std::uint8_t, 16> key_{};
    std::uint64_t count_ = 0;
    RecentMap<std::string, Used> used_{max_used};  // by serial, in the order of their first use
};

}  // namespace sip
