// node/routing/chain.hpp - the routing chain: who is asked about a name, in which order, and whose word
// counts. A core: questions and answers go in with `now`, questions to the steps and finished accounts come
// out; it calls nobody back, reads no clock and opens no socket.
// clang-format off
//   own host                      local users; then contacts (petnames, numbers), for our own callers alone;
//                                 a name that is both: 485
//   <56 chars>.hedge.alt          the DHT, for records by that very key; never DNS
//   other names below .alt        404; never DNS (RFC 9476)
//   a zone of the configuration   the DHT, for records by the zone's key; what it delegates to is remembered
//   other domain                  domain_policy.hpp says whose word counts. The key that the host there proves is
//                                 remembered (first use). Nothing in DNS, and no key bound: 480 with a Warning
//   IP address                    called in the networks of the mesh (mesh.prefixes), whose people have no other
//                                 names perhaps. Elsewhere `lookup` shows it, and a call is refused: nobody's word
//                                 stands behind it, and any service in the world could be aimed at. No loop starts:
//                                 the edge knows what it has redirected (sip/edge/redirect_tokens.hpp)
//   bob%40<name> at an own host   the name inside: for phones that cannot send a foreign host to us
// clang-format on
// A key that is not the one a name is bound to: 403 until the person decides (`hedgewitch trust`).
// After each call that takes `now`: next_question() and next_finished() until both are empty, then
// next_wake(). SIP loop only.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "node/dns/key_binding_record.hpp"
#include "node/routing/chain_rules.hpp"
#include "node/routing/trace.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/trust_table.hpp"
#include "sip/now.hpp"
#include "sip/timer_queue.hpp"

namespace node {

class Chain {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// One call, or one `lookup` of a person.
    using LookupId = std::uint64_t;

    /// What the chain has to know of its node.
    class Directory {
    public:
        virtual ~Directory() = default;
        /// Does this host mean us? `flow` tells which of our addresses was met. As sip::Edge::is_own_host.
        [[nodiscard]] virtual bool is_own_host(const std::string& host, std::optional<std::uint16_t> port,
                                               const sip::Flow& flow) const = 0;
        [[nodiscard]] virtual bool is_user(const std::string& label) = 0;  // of this node
        /// The key whose zone a user of ours belongs to: not this node's own at an owner's second node.
        [[nodiscard]] virtual crypto::PublicKey owner_of(const std::string& label) const = 0;
        /// What is wrong with the clock, in a sentence; empty when it may be believed.
        [[nodiscard]] virtual std::string clock_fault() const = 0;
        /// Why callers of `name` may not be sent to this address once more; empty: they may, and it is
        /// counted.
        [[nodiscard]] virtual std::string why_too_often(const asio::ip::address& address,
                                                        const std::string& name) = 0;
    };

    enum class StepName : std::uint8_t { local, dns, key_binding, dht };
    struct Question {
        LookupId id = 0;
        StepName step = StepName::local;
        StepQuestion target;
    };
    struct Finished {
        LookupId id = 0;
        Trace trace;
    };

    /// Borrows all but the rules.
    Chain(ChainRules rules, Directory& directory, TrustTable& trust, ContactTable& contacts);
    ~Chain();
    Chain(const Chain&) = delete;  // borrowed by its driver
    Chain& operator=(const Chain&) = delete;

    /// A call that the edge asks about.
    LookupId route(const sip::RouteQuestion& question, const sip::Now& now);
    /// The same as an own user's call, but asks every step that has a say, past the caches, and keeps the
    /// account. `uri` is as dialled; "sip:" may be missing. `flow` is of the phone that would call.
    LookupId lookup(const std::string& uri, const sip::Flow& flow, const sip::Now& now);

    /// To be put to a step; at most one a step for each lookup.
    [[nodiscard]] std::optional<Question> next_question();
    /// What the step has answered. An answer that comes too late meets nobody.
    void answered(LookupId id, StepName step, StepAnswer answer, const sip::Now& now);
    void key_binding_answered(LookupId id, const KeyBinding& found, const sip::Now& now);
    [[nodiscard]] std::optional<Finished> next_finished();

    void on_time(const sip::Now& now);
    [[nodiscard]] std::optional<Time> next_wake() const;
    [[nodiscard]] std::size_t pending() const noexcept { return lookups_.size(); }

private:
    struct Lookup;
    void begin(Lookup& lookup, const sip::RouteQuestion& question, const sip::Now& now);
    void find_own(Lookup& lookup, bool from_own_user, const sip::Now& now);
    void find_petname(Lookup& lookup, const Contact& contact, const sip::Now& now);
    void find_name(Lookup& lookup, bool from_contact, const sip::Now& now);
    void find_literal(Lookup& lookup, const asio::ip::address& address, bool from_contact,
                      const sip::Now& now);
    void find_by_key(Lookup& lookup, const sip::Now& now);
    void find_domain(Lookup& lookup, const sip::Now& now);

    void local_answered(Lookup& lookup, const StepAnswer& step, const sip::Now& now);
    void judge_delegate(Lookup& lookup, const StepAnswer& step, const sip::Now& now);
    void domain_answered(Lookup& lookup, StepName name, StepAnswer step, const sip::Now& now);
    void judge_domain(Lookup& lookup, const sip::Now& now);

    Lookup& open(const std::string& uri, bool whole_account, const sip::Now& now);
    void ask(Lookup& lookup, StepName step);
    void finish(Lookup& lookup, sip::RouteAnswer answer, const sip::Now& now);
    void cap(const Lookup& lookup, sip::RouteAnswer& answer);

    const ChainRules rules_;
    Directory& directory_;
    TrustTable& trust_;
    ContactTable& contacts_;
    sip::TimerQueue<LookupId> wakes_;
    std::map<LookupId, Lookup> lookups_;
    std::deque<Question> questions_;
    std::deque<Finished> finished_;
    LookupId last_id_ = 0;
};

}  // namespace node
