// node/daemon/sip_side_publish.cpp - what the node tells the world of itself: under which addresses it can be
// met, and the records of its users.
#include <algorithm>

#include "node/addresses.hpp"
#include "node/daemon/sip_side.hpp"
#include "node/reach/network_view.hpp"

namespace node {
namespace {

constexpr std::size_t most_witnesses = 4;
constexpr auto witnesses_first = std::chrono::seconds(60), witnesses_again = std::chrono::seconds(1800);

}  // namespace

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
        auto record = own_record(edge_->bindings(row.label, now()), advertised_, identity_, tls_->key_hash(),
                                 {config_.record_contacts, [this](const asio::ip::address& host) {
                                      return reach_->reach().reached_beside_us(host);
                                  }});
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

/// Of the router's addresses, which send on to us.
bool SipSide::leads_here(const asio::ip::address& address, std::optional<std::uint16_t> port) const {
    return std::any_of(own_addresses_.begin(), own_addresses_.end(), [&](const auto& own) {
        return own.address == address && (!port || own.port == *port);
    });
}

void SipSide::take_addresses() {
    own_addresses_ = reach_->reach().ours();
    auto advertised = reach_->reach().published();
    if (advertised == advertised_) return;
    advertised_ = std::move(advertised);
    publish();
}

/// The edges of a few contacts are asked to call us back (dial_back.hpp): people whom we know, and who are
/// told no more by it than by a call.
void SipSide::look_for_witnesses() {
    const auto steady = std::chrono::steady_clock::now();
    const auto pause = witnesses_.empty() ? witnesses_first : witnesses_again;
    if (!dht_ || (witnesses_at_ && steady - *witnesses_at_ < pause)) return;
    witnesses_at_ = steady;
    witnesses_.clear();
    std::size_t asked = 0;
    for (const auto& contact : contacts_.all()) {
        const auto named = key_name_of(contact.uri);
        if (!named || named->first == identity_.public_key()) continue;
        if (++asked > most_witnesses) break;
        overlay::ResolveRequest request;
        request.owner = named->first;
        request.label = named->second;
        request.secret = contact.secret;
        world_.ask_dht(std::move(request),
                       [this, alive = std::weak_ptr(alive_)](const overlay::ResolveAnswer& answer) {
                           if (alive.expired() || !answer.record || answer.revoked) return;
                           for (const auto& edge : answer.record->edges) {
                               for (const auto& at : edge.addresses) {
                                   if (at.transport == overlay::Transport::tcp &&
                                       overlay::is_global(at.address) && why_not(at).empty())
                                       witnesses_.push_back({at.address, at.port});
                               }
                           }
                           if (witnesses_.size() > 4 * most_witnesses) witnesses_.resize(4 * most_witnesses);
                           reach_->set_witnesses(witnesses_);
                       });
    }
}

}  // namespace node
