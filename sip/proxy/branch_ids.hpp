// sip/proxy/branch_ids.hpp - the branch parameters of our own Via (RFC 3261 §16.6 step 8): "z9hG4bK", a hash
// that is new for each branch, a dot, and a hash of all that routing looked at. So a request that comes back
// unchanged is seen as a loop, and one that was changed on its way as a spiral, which is none (RFC 5393
// §4.2). The hashes are keyed: nobody can answer for a branch that he has not seen.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "sip/syntax/message.hpp"
#include "sip/transaction/keyed_hash.hpp"

namespace sip {

class BranchIds {
public:
    explicit BranchIds(const std::array<std::uint8_t, 32>& secret);

    /// What makes a loop of this request.
    [[nodiscard]] std::string loop_hash(const MessageView& request) const;
    /// A branch for a request of that loop_hash().
    [[nodiscard]] std::string next(const std::string& loop_hash);
    /// §16.11: the same branch for the same ACK, which has no transaction.
    [[nodiscard]] std::string of_ack(const MessageView& ack) const;
    /// What every response must repeat of a request (§8.2.6.2): Call-ID, From tag, CSeq, and its Vias, but
    /// for the topmost `ours` of the message.
    [[nodiscard]] std::string echo_hash(const MessageView& message, std::size_t ours) const;
    /// §16.3 step 4: has this very request, with the same routing, passed here before?
    [[nodiscard]] bool looped(const MessageView& request) const;

private:
    KeyedHash::Key key_;
    std::uint64_t last_ = 0;
};

}  // namespace sip
