// node/sip_side_publish.cpp - what the node tells the world of itself: under which addresses it can be met,
// and the records of its users.
#include <algorithm>

#include "node/addresses.hpp"
#include "node/sip_side.hpp"

namespace node {

/// What this node signs for others, and what others have signed for this node to keep up.
void SipSide::hand_over_writings() {
    if (!dht_) return;
    certified_ = certificates_.all();
    world_.set_certificates(certified_);
    world_.publish_tombstones(tombstones_.blocks());
}

crypto::PublicKey SipSide::owner_of(const std::string& label) const {
    for (const auto& certified : certified_) {
        if (certified.name.label == label) return certified.name.owner;
    }
    return identity_.public_key();
}

std::vector<PublishedUser> SipSide::published_users() const {
    std::vector<PublishedUser> users;
    for (const auto& row : users_.all()) {
        auto record = own_record(edge_->bindings(row.label, now()), advertised_, identity_, tls_->key_hash());
        if (record) record->ticket_key = inbound_->ticket_key();
        users.push_back({row.label, row.listed, invites_.secrets_of(row.label), std::move(record)});
    }
    return users;
}

Ownership SipSide::ownership() const {
    Ownership ownership;
    ownership.own_key = identity_.public_key();
    for (const auto& certified : certified_)
        ownership.certified.push_back(certified.name);
    ownership.delegations = delegations_.targets();
    ownership.revoked = tombstones_.own_revoked();
    ownership.moved_to = tombstones_.moved_to();
    return ownership;
}

void SipSide::publish() {
    if (!dht_) return;
    auto wanted = publications(published_users(), ownership());
    for (const auto& [name, record] : published_) {
        if (!wanted.contains(name)) world_.publish(name, std::nullopt);
    }
    for (const auto& [name, record] : wanted) {
        const auto known = published_.find(name);
        if (known == published_.end() || known->second != record) world_.publish(name, record);
    }
    published_ = std::move(wanted);
}

std::string SipSide::why_not(const overlay::TransportAddress& address) const {
    return std::string(
        overlay::reason(overlay::judge_contact(address, config_.mesh_prefixes, own_addresses_)));
}

bool SipSide::is_ours(const asio::ip::address& address) const {
    const auto plain = overlay::unwrapped(address);
    return std::any_of(config_.mesh_prefixes.begin(), config_.mesh_prefixes.end(),
                       [&](const overlay::Prefix& prefix) { return prefix.contains(plain); }) ||
           std::any_of(own_addresses_.begin(), own_addresses_.end(),
                       [&](const overlay::TransportAddress& own) { return own.address == plain; });
}

void SipSide::look_at_interfaces() {
    own_addresses_ = listening_addresses(bound(), interface_addresses());
    own_addresses_.insert(own_addresses_.end(), config_.sip_advertise.begin(), config_.sip_advertise.end());
    // What we would not call ourselves, others would not call either.
    auto advertised = publishable_addresses(
        config_.sip_advertise, own_addresses_, [this](const overlay::TransportAddress& address) {
            return std::string(overlay::reason(overlay::judge_contact(address, config_.mesh_prefixes, {})));
        });
    if (advertised == advertised_) return;
    advertised_ = std::move(advertised);
    publish();
}

}  // namespace node
