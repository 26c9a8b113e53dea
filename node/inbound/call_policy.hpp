// node/inbound/call_policy.hpp - which calls from outside ring, and how they are shown: the inbound policy.
// clang-format off
//   own users (of another node of the same key) and contacts who prove to be it   ring
//   whom the person has rejected                                                  480
//   strangers, by the user's wish or sip.strangers:  allow                        ring, within limits
//                                                    ask                          480, and `hedgewitch callers`
//                                                    reject                       480
// clang-format on
// 1. The 480 is the one for a label that nobody has. Each costs its source the same at the edge's gate
//    (sip/edge/answer_gate.hpp), whatever its reason, so that not even the silence at last tells labels
//    apart.
// 2. A caller is verified by a ticket alone (caller_tickets.hpp). Where the connection is that of another
//    edge and has proved its zone, that must be the ticket's. What From says is only a claim, whoever's
//    connection it comes over: who claims to be a contact and does not prove it is a stranger.
// 3. Limits, a minute: sip.stranger_rings for a user by all strangers together, however many addresses and
//    keys they have; sip.caller_rings by one caller, known by key or else by address. Contacts are asked for
//    the second alone. Whose address is silenced at the gate is heard only if he proves to be known: else
//    whoever sends in the name of a contact's address could silence him.
// 4. Fails closed: of whose key it cannot be told whether its owner has given it up, is a stranger.
// What is shown: "mum" is a contact, verified; "(new) alice" is verified, with an address to call back, and
// no contact; "? alice" is a claim. A contact's address, and every key name, is shown for verified callers
// only. SIP loop only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "node/inbound/contact_index.hpp"
#include "node/state/waiting_callers.hpp"
#include "sip/edge/inbound_call.hpp"
#include "sip/edge/token_buckets.hpp"
#include "sip/token_bucket.hpp"

namespace node {

struct InboundRules {
    StrangerPolicy strangers = StrangerPolicy::allow;
    double stranger_rings = 4, caller_rings = 10;  // a minute
};

struct InboundCounters {
    std::uint64_t contacts = 0, strangers = 0;  // that rang
    std::uint64_t refused = 0, limited = 0;
    std::uint64_t revoked = 0;     // proven, with a key that is given up
    std::uint64_t unchecked = 0;   // proven, with a key of which that could not be told
    std::uint64_t unnoted = 0;     // under "ask": too many at once
    std::uint64_t other_zone = 0;  // a ticket of one zone, over the connection of another
};

/// What the policy has to know of the rest of the node.
class CallPolicyHost {
public:
    virtual ~CallPolicyHost() = default;
    /// The key whose zone a label here belongs to.
    [[nodiscard]] virtual crypto::PublicKey owner_of(const std::string& label) const = 0;
    /// The zone that has proved itself as the other end of this connection.
    [[nodiscard]] virtual std::optional<crypto::PublicKey> zone_of(const sip::Flow& flow) const = 0;
    /// Its owner has given the key up: whoever has it now may be anybody. Nothing: it cannot be told.
    [[nodiscard]] virtual std::optional<bool> is_revoked(const crypto::PublicKey& key) = 0;
    /// There are notes to write, by write_notes(), when nobody waits for an answer: a stranger must not read
    /// from the clock that something is being written.
    virtual void callers_wait() = 0;
};

class CallPolicy {
public:
    // As many as a person may care to see. A flood of made-up callers costs no more than these rows, and
    // takes nothing from callers who prove who they are.
    static constexpr double notes_at_once = 8, notes_a_second = 2;

    /// Borrows all but the rules.
    CallPolicy(const InboundRules& rules, WaitingCallers& callers, const ContactIndex& contacts,
               CallerTickets& tickets, CallPolicyHost& host);

    [[nodiscard]] sip::InboundVerdict judge(const sip::InboundCall& call, sip::Now now);
    /// The callers who wait for the person go into the table. Logs errors of the database.
    void write_notes();

    [[nodiscard]] const InboundCounters& counters() const noexcept { return counters_; }

private:
    struct Who;  // what is known of the caller
    [[nodiscard]] Who who_calls(const sip::InboundCall& call, sip::Now now);
    [[nodiscard]] bool is_good(const crypto::PublicKey& key, sip::Now now);
    [[nodiscard]] bool rings(const sip::InboundCall& call, const Who& who, sip::Now now);
    [[nodiscard]] bool within_limits(const sip::InboundCall& call, const Who& who, sip::Now now);
    void note(const sip::InboundCall& call, const Who& who, sip::Now now);

    const InboundRules rules_;
    WaitingCallers& callers_;
    const ContactIndex& contacts_;
    CallerTickets& tickets_;
    CallPolicyHost& host_;
    sip::TokenBuckets<std::string> rings_of_user_, rings_by_caller_;
    std::vector<WaitingCaller> notes_;  // not written yet
    sip::TokenBucket notes_of_proven_{notes_at_once,
                                      std::chrono::duration<double>(notes_at_once / notes_a_second)};
    sip::TokenBucket notes_of_others_ = notes_of_proven_;
    std::optional<std::chrono::steady_clock::time_point> logged_, logged_unchecked_;
    InboundCounters counters_;
};

}  // namespace node
