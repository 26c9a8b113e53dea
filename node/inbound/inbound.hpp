// node/inbound/inbound.hpp - calls from outside, put together: who calls (tickets, contacts), whether it
// rings (the policy), who waits for the person. A core: time is handed in. SIP loop only.
#pragma once

#include "node/config/config.hpp"
#include "node/inbound/call_policy.hpp"
#include "node/json_fields.hpp"
#include "node/state/state_tables.hpp"

namespace node {

/// "inbound" of `hedgewitch status --json`.
struct InboundStatus {
    std::size_t waiting = 0;  // callers, for the person
    std::uint64_t contacts_rang = 0, strangers_rang = 0, refused = 0, limited = 0, ignored = 0;
    std::uint64_t revoked = 0;     // proven, with a key that is given up
    std::uint64_t unchecked = 0;   // proven, with a key of which that could not be told
    std::uint64_t unnoted = 0;     // callers under "ask" that are not kept: too many at once
    std::uint64_t other_zone = 0;  // a ticket of one zone, over the connection of another
    // Of the gate (sip/edge/answer_gate.hpp): requests without an answer, passwords not looked at, answers
    // that were too large for what came.
    std::uint64_t silent = 0, scanners = 0, unlooked = 0, withheld = 0;
    TicketCounters tickets;

    static void fields(auto& self, auto& field) {
        field("waiting", self.waiting);
        field("contacts_rang", self.contacts_rang);
        field("strangers_rang", self.strangers_rang);
        field("refused", self.refused);
        field("limited", self.limited);
        field("ignored", self.ignored);
        field("revoked", self.revoked);
        field("unchecked", self.unchecked);
        field("unnoted", self.unnoted);
        field("other_zone", self.other_zone);
        field("silent", self.silent);
        field("scanners", self.scanners);
        field("passwords_unlooked", self.unlooked);
        field("withheld", self.withheld);
        field("tickets_issued", self.tickets.issued);
        field("tickets_verified", self.tickets.verified);
        field("tickets_forged", self.tickets.forged);
        field("tickets_stale", self.tickets.stale);
        field("tickets_replayed", self.tickets.replayed);
        field("tickets_unopened", self.tickets.unopened);
    }
};

class Inbound {
public:
    /// Borrows the tables and the host. Throws DatabaseError.
    Inbound(const Config& config, const crypto::Identity& identity, StateTables& tables, CallPolicyHost& host,
            sip::Now started);
    ~Inbound();
    Inbound(const Inbound&) = delete;  // the policy borrows the rest
    Inbound& operator=(const Inbound&) = delete;

    /// Contacts or callers were changed by a command. Throws DatabaseError.
    void reload();

    [[nodiscard]] sip::InboundVerdict judge(const sip::InboundCall& call, sip::Now now);
    /// The callers who wait for the person go into the table.
    void write_notes() { policy_.write_notes(); }

    /// A ticket of our user `caller` for whoever holds `key` and is `callee`. Nothing for users whose names
    /// are of another key than this node's: it could not sign for that one.
    [[nodiscard]] std::string make_ticket(const std::string& caller, const crypto::TicketKey& key,
                                          const crypto::TicketCallee& callee, sip::Now now);
    /// Key 4 of the records of this node, on that day.
    [[nodiscard]] crypto::TicketKey ticket_key(std::chrono::sys_seconds wall) { return tickets_.key(wall); }

    [[nodiscard]] InboundStatus status() const;

private:
    const crypto::PublicKey own_key_;
    CallPolicyHost& host_;
    WaitingCallers callers_;
    ContactTable& contact_table_;
    ContactIndex contacts_;
    CallerTickets tickets_;
    CallPolicy policy_;
};

}  // namespace node
