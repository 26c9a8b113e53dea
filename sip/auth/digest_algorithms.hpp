// sip/auth/digest_algorithms.hpp - which algorithms a phone is offered: SHA-256 and MD5, or MD5 alone.
// RFC 8760 has a phone skip the challenges that it cannot answer. Measured: baresip 1.0.0 (libre 1.1.0) gives
// up on any 401 with a SHA-256 field in it, wherever it stands; sipp 3.6.1 and sipsak 0.9.8 look at the first
// only. So do SIP.js 0.21 and JsSIP 3.13, which know MD5 alone (their sources). So phones known to do so, and
// phones that left the double challenge unanswered and came back without credentials, get MD5 alone. Nothing
// is lost to an attacker: who can forge our 401 could take SHA-256 out of it anyway. Bounded; phones that
// authenticated are not displaced by those that never did. SIP loop only.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "sip/flow.hpp"
#include "sip/recent_map.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

class DigestAlgorithms {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t max_phones = 4096;
    // A phone that can answer does so in one round trip; requests sent side by side are not unanswered ones.
    static constexpr std::chrono::seconds patience{2};

    /// For a request that is about to be challenged; `tried`: it carried credentials.
    [[nodiscard]] bool md5_only(const MessageView& request, const Flow& flow, bool tried, Time now);
    void accepted(const MessageView& request, const Flow& flow, bool sha256, Time now);

private:
    [[nodiscard]] static std::string phone(const MessageView& request, const Flow& flow);

    RecentMap<std::string, Time> unanswered_{max_phones};  // challenged with both, and since when
    RecentSet<std::string> md5_phones_{max_phones};
};

}  // namespace sip
