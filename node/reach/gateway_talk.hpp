// node/reach/gateway_talk.hpp - one conversation with a router on port 5351, over PCP (RFC 6887) or NAT-PMP
// (RFC 6886): each question until it is answered, the next then.
// 1. An answer counts when it is one to the question that is asked: by its opcode, its inner port, its nonce.
//    Any other datagram is none, whatever it says (RFC 6886 §3.1, §3.3; RFC 6887 §8.3), and counted. Over
//    NAT-PMP whoever has the socket looks (answers(), nat_pmp.hpp), before libnatpmp reads.
// 2. A question is repeated after 250, 500 and 1,000 ms and given up after 3.75 s: not RFC 6886 §3.1's 64 s,
//    as the router is then asked another way, and again later. So no wish costs more than four datagrams.
// 3. A router that never spoke PCP has 750 ms for it: NAT-PMP is next, on the same port.
// A core: answers and time in, questions out. SIP loop only.
#pragma once

#include <variant>
#include <vector>

#include "node/reach/nat_pmp.hpp"
#include "node/reach/pcp.hpp"

namespace node {

/// Of PCP it is the datagram.
using GatewayQuestion = std::variant<NatPmpQuestion, std::vector<std::uint8_t>>;

class GatewayTalk {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Questions = std::vector<GatewayQuestion>;
    static constexpr auto patience = std::chrono::milliseconds(3750);
    static constexpr auto quick_patience = std::chrono::milliseconds(750);

    /// REQUIRES: not of UPnP. `secret`: of which nonces are made, the same over restarts, or the router would
    /// not let us have again what is ours.
    GatewayTalk(MappingRequest request, const crypto::Bytes<16>& secret, Time now);

    /// The NAT-PMP question that is asked now; nullptr over PCP. REQUIRES: not ended().
    [[nodiscard]] const NatPmpQuestion* nat_pmp_question() const {
        return std::get_if<NatPmpQuestion>(&questions_[at_].question);
    }
    /// REQUIRES: over NAT-PMP, and it answers() that question.
    void received(const NatPmpAnswer& given, Time now);
    /// Over NAT-PMP: a datagram that does not.
    void ignored() { ++answer_.ignored; }
    /// Over PCP.
    void received(crypto::ByteView datagram, Time now);
    /// Nobody listens there (ICMP).
    void unreachable();
    void on_time(Time now);
    /// What is to be sent now.
    [[nodiscard]] Questions take();
    [[nodiscard]] Time next_wake() const { return next_at_; }
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    /// REQUIRES: ended().
    [[nodiscard]] const MappingAnswer& answer() const noexcept { return answer_; }
    [[nodiscard]] const MappingRequest& request() const noexcept { return request_; }

private:
    struct Question {
        enum class For : std::uint8_t { address, epoch, mapping, ending };
        For what = For::address;
        MappingWish wish;  // of a mapping, or of one that is ended to be made anew
        GatewayQuestion question;
    };
    [[nodiscard]] Question map_question(const MappingWish& wish, Question::For what) const;
    void ask(Time now);
    void next(Time now);
    void finish();
    /// False: it is not to what is asked.
    [[nodiscard]] bool take_pcp(const PcpAnswer& given, Time now);
    void grant(std::uint16_t outer, std::chrono::seconds lease, Time now);
    void refuse(std::string fault, Time now);

    const MappingRequest request_;
    const crypto::Bytes<16> secret_;
    std::vector<Question> questions_;
    std::size_t at_ = 0;
    Time next_at_{}, until_{};
    std::chrono::milliseconds pause_{0};
    Questions out_;
    bool ended_ = false;
    MappingAnswer answer_;
};

/// The nonce of a mapping of ours.
[[nodiscard]] PcpNonce pcp_nonce(const crypto::Bytes<16>& secret, const asio::ip::address& own,
                                 const InnerPort& inner);

/// What ends mappings; nobody waits for the answers.
[[nodiscard]] GatewayTalk::Questions endings(GatewayProtocol protocol, const crypto::Bytes<16>& secret,
                                             const std::vector<MappingEnd>& ends);

/// Does it say that a router's table or address is new (RFC 6886 §3.2.1, RFC 6887 §14.1.2)? To 224.0.0.1,
/// port 5350.
[[nodiscard]] bool is_announcement(crypto::ByteView datagram);

}  // namespace node
