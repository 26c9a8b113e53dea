// node/inbound/inbound.hpp - what of the inbound policy lives on the SIP loop, put together: tickets for our
// callers and from others, contacts by who they are, callers who wait.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "node/config/config.hpp"
#include "node/inbound/call_policy.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/trust_table.hpp"

namespace node {

/// SIP loop only.
class InboundSide {
public:
    struct Steps {
        Database& database;
        ContactTable& contacts;
        TrustTable& trust;
        std::function<crypto::PublicKey(const std::string& label)> owner_of;
        std::function<std::optional<crypto::PublicKey>(const sip::Flow& flow)> zone_of;  // Inbound::Steps
    };
    /// Borrows the steps. Throws DatabaseError.
    InboundSide(asio::io_context& loop, const Config& config, const crypto::Identity& identity, Steps steps);
    ~InboundSide();
    InboundSide(const InboundSide&) = delete;  // hooks point back here
    InboundSide& operator=(const InboundSide&) = delete;

    /// Contacts or callers were changed by a command. Throws DatabaseError.
    void reload();
    /// As sip::EdgeHost's.
    [[nodiscard]] sip::InboundVerdict judge(const sip::InboundCall& call, sip::Now now) {
        return inbound_.judge(call, now);
    }
    [[nodiscard]] bool may_answer(const sip::MessageView& request, const sip::Flow& flow,
                                  sip::StrangerAct act, sip::Now now) {
        return inbound_.may_answer(request, flow, act, now);
    }
    /// As DhtStep::MakeTicket. Nothing for users whose names are of another key than this node's: it
    /// could not sign for that one.
    [[nodiscard]] std::string make_ticket(const std::string& caller, const crypto::TicketKey& key,
                                          const crypto::TicketCallee& callee);
    /// Key 4 of the records of this node, today.
    [[nodiscard]] crypto::TicketKey ticket_key();
    /// True once each day, when ticket_key() has become another.
    [[nodiscard]] bool has_new_key();
    [[nodiscard]] nlohmann::ordered_json status() const;

private:
    [[nodiscard]] bool is_revoked(const crypto::PublicKey& key);

    asio::io_context& loop_;
    const crypto::PublicKey own_key_;
    const std::map<std::string, crypto::PublicKey> zones_;
    Steps steps_;
    WaitingCallers callers_;
    CallerBook book_;
    TicketOffice tickets_;
    Inbound inbound_;
    crypto::TicketKey published_{};
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // posted notes hold it weakly
};

}  // namespace node
