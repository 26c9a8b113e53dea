// node/daemon/sip_side_build.cpp - what the edge and the routing chain are made of: rules from the
// configuration, and functions that look into the rest of the SIP side.
#include <algorithm>

#include "node/addresses.hpp"
#include "node/daemon/sip_side.hpp"
#include "node/identity/identity_file.hpp"
#include "node/probe/edge_proof.hpp"
#include "node/version.hpp"
#include "sip/proxy/proxy.hpp"
#include "sip/proxy/record_route.hpp"
#include "sip/transaction/keyed_hash.hpp"

namespace node {

void SipSide::build_chain() {
    const AddressJudge judge = [this](const overlay::TransportAddress& address) { return why_not(address); };
    local_ = std::make_unique<LocalStep>(
        users_, [this](const std::string& user) { return edge_->bindings(user, now()); });
    if (config_.dns.enabled) {
        // DNS may name private addresses, as it may for any phone; only a call back to ourselves would loop.
        dns_ = make_dns_step(loop_, config_, [this](const overlay::TransportAddress& address) {
            const bool own =
                overlay::judge_contact(address, {}, own_addresses_) == overlay::ContactVerdict::own_address;
            return own ? std::string("this node itself") : std::string();
        });
    }
    inbound_ = std::make_unique<InboundSide>(
        loop_, config_, identity_,
        InboundSide::Steps{database_, contacts_, trust_,
                           [this](const std::string& label) { return owner_of(label); },
                           [this](const sip::Flow& flow) { return zone_of(flow); }});
    if (world_.ask_dht) {
        dht_ = std::make_unique<DhtStep>(world_.ask_dht, judge,
                                         [this](const auto& caller, const auto& key, const auto& callee) {
                                             return inbound_->make_ticket(caller, key, callee);
                                         });
    }

    ChainRules rules;
    rules.on_dns_failure = config_.dns.on_failure;
    rules.zones = config_.zones;
    rules.ask_dns = dns_ != nullptr;
    rules.ask_dht = dht_ != nullptr;
    chain_ =
        std::make_unique<Chain>(std::move(rules), static_cast<Chain::Directory&>(*this), trust_, contacts_);
    routes_ = std::make_unique<ChainDriver>(loop_, *chain_,
                                            ChainDriver::Steps{*local_, dns_.get(), dns_.get(), dht_.get()});
}

void SipSide::build_edge() {
    sip::EdgeConfig edge;
    edge.realm = config_.sip.realm;
    edge.domains = config_.sip.domains;
    edge.domains.push_back(own_host(identity_));
    for (const auto& [domain, key] : config_.pins) {
        if (key == identity_.public_key()) edge.domains.push_back(domain);
    }
    for (const auto& listen : transports_->bound())
        edge.listening.push_back(listen.endpoint);
    edge.forwards = true;
    edge.delivery = config_.sip.delivery;
    edge.follow_redirects = config_.sip.follow_redirects;
    // One key as long as the identity lives, so that the dialogs of UDP phones outlive a restart.
    edge.flow_key = sip::derived_key<32>(identity_.seed().view(), "hedgewitch/node/flow-key");
    edge.secret = crypto::random_array<32>();
    edge.judges_strangers = true;
    edge.server_header = std::string("Hedgewitch/") + version;
    sip::EdgeHost& host = *this;
    edge_ = std::make_unique<sip::Edge>(std::move(edge), users_, bindings_, host, *transports_, now());
}

void SipSide::ask(const sip::RouteId& id, const sip::RouteQuestion& question) {
    asking_ = true;
    routes_->route(question, [this, id](sip::RouteAnswer answer) {
        answers_.emplace_back(id, std::move(answer));
        if (!asking_) settle_edge();  // else the edge is on the stack, and it is done afterwards
    });
    asking_ = false;
}

bool SipSide::may_call(const sip::NextHop& hop) const {
    return why_not({to_overlay(hop.transport), hop.endpoint.address, hop.endpoint.port}).empty();
}

sip::InboundVerdict SipSide::judge(const sip::InboundCall& call, sip::Now now) {
    return inbound_->judge(call, now);
}

bool SipSide::may_answer(const sip::MessageView& request, const sip::Flow& flow, sip::StrangerAct act,
                         sip::Now now) {
    return inbound_->may_answer(request, flow, act, now);
}

void SipSide::bindings_changed(const std::string& /*user*/) {
    publish();
}

SipSide::Fields SipSide::prove(std::string_view host, std::string_view challenge) const {
    const auto proof = make_proof(identity_, host, challenge, [this](const sip::Endpoint& at) {
        return std::any_of(own_addresses_.begin(), own_addresses_.end(),
                           [&](const overlay::TransportAddress& own) {
                               return own.address == at.address && own.port == at.port;
                           });
    });
    if (!proof) return {};
    return {{std::string(key_header), *proof}};
}

std::optional<crypto::PublicKey> SipSide::zone_of(const sip::Flow& flow) const {
    const auto peer = transports_->peer(flow);
    return peer ? peer->zone_key : std::nullopt;
}

/// The advertised one, when the other end is outside and we are not.
sip::Endpoint SipSide::own_address(const sip::Flow& flow) const {
    const bool inside = sip::network_kind(flow.local.address) != sip::NetworkKind::open;
    if (inside && sip::network_kind(flow.remote.address) == sip::NetworkKind::open) {
        for (const auto& address : advertised_) {
            if (address.transport == to_overlay(flow.transport) &&
                address.address.is_v4() == flow.remote.address.is_v4())
                return {address.address, address.port};
        }
    }
    return flow.local;
}

}  // namespace node
