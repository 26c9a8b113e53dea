// sip/edge/domain_proofs.hpp - adds to the 200 of an OPTIONS the proof that this node answers for the host
// asked for.
//   OPTIONS sip:example.org        Hedgewitch-Challenge: <whatever the one who asks wants signed>
// Only for one of our domains (an address proves itself by answering), only one challenge a request, and at
// most 200 proofs a second: a signature costs 50 us. Who asks in vain asks again, or does without. What a
// proof looks like is not known here: EdgeHost::prove(). SIP loop only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "sip/answer.hpp"
#include "sip/edge/edge_host.hpp"
#include "sip/edge/request_target.hpp"
#include "sip/syntax/message.hpp"
#include "sip/token_bucket.hpp"

namespace sip {

class DomainProofs {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::string_view challenge_header = "Hedgewitch-Challenge";
    static constexpr double per_second = 200;

    /// Borrows both.
    DomainProofs(const EdgeHost& host, const OwnHosts& own) : host_(host), own_(own) {}

    /// REQUIRES: `answer` is the 200 to an OPTIONS to the node itself.
    void add(const MessageView& request, const Target& target, Answer& answer, Time now);

    [[nodiscard]] std::uint64_t given() const noexcept { return given_; }
    [[nodiscard]] std::uint64_t withheld() const noexcept { return withheld_; }  // over the rate

private:
    const EdgeHost& host_;
    const OwnHosts& own_;
    TokenBucket bucket_{per_second, std::chrono::seconds(1)};
    std::uint64_t given_ = 0, withheld_ = 0;
};

}  // namespace sip
