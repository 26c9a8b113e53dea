// node/routing/record_contacts.cpp - composes, judges, orders and cuts.
#include "node/routing/record_contacts.hpp"

#include <algorithm>

#include "node/addresses.hpp"
#include "sip/relay_token.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

struct Candidate {
    std::string user;
    overlay::TransportAddress address;
    std::uint16_t q;
    bool direct;
    bool family_fits;
    bool transport_fits;
    std::optional<sip::KeyHash> pin;
    std::optional<crypto::TicketKey> ticket_key;
    enum class Place : std::uint8_t { beside_first, anywhere, beside_last } place = Place::anywhere;
};

bool is_tls(const overlay::TransportAddress& address) {
    return address.transport == overlay::Transport::tls;
}

/// An edge is as good as its best phone; one without phones is asked last.
std::uint16_t q_of_edge(const overlay::InnerRecord& record, std::size_t edge) {
    std::uint16_t best = 0;
    bool any = false;
    for (const auto& phone : record.phones) {
        if (phone.edge != edge) continue;
        best = std::max(best, phone.q);
        any = true;
    }
    return any ? best : std::uint16_t{record.phones.empty() ? std::uint16_t{1000} : std::uint16_t{0}};
}

void add_beside_us(std::vector<Candidate>& all, const overlay::Edge& edge, std::string_view label,
                   std::uint16_t q, const EdgeFinder& beside_us) {
    if (!beside_us || edge.tls_key_hash == crypto::Bytes<32>{}) return;
    const auto places = beside_us(edge);
    // For our proxy alone, which has all families.
    const auto place = places.first ? Candidate::Place::beside_first : Candidate::Place::beside_last;
    for (const auto& at : places.tls)
        all.push_back({std::string(label),
                       {overlay::Transport::tls, at.address, at.port},
                       std::min<std::uint16_t>(q, 1000),
                       false,
                       places.first,
                       false,
                       sip::KeyHash(edge.tls_key_hash),
                       edge.ticket_key,
                       place});
}

std::vector<Candidate> candidates_of(const overlay::InnerRecord& record, std::string_view label,
                                     const sip::Flow& caller, const EdgeFinder& beside_us) {
    std::vector<Candidate> all;
    const auto add = [&](std::string_view user, const overlay::TransportAddress& address, std::uint16_t q,
                         const overlay::Edge* edge, std::optional<sip::KeyHash> pin = {}) {
        const bool family = caller.remote.address.is_unspecified() ||
                            caller.remote.address.is_v4() == address.address.is_v4();
        all.push_back({std::string(user), address, std::min<std::uint16_t>(q, 1000), edge == nullptr, family,
                       to_sip(address.transport) == caller.transport, pin,
                       edge != nullptr ? edge->ticket_key : std::nullopt});
    };
    for (const auto& phone : record.direct)
        add(phone.user, phone.address, phone.q, nullptr);
    for (std::size_t i = 0; i < record.edges.size(); ++i) {
        const auto& hash = record.edges[i].tls_key_hash;
        const bool has_key = hash != crypto::Bytes<32>{};
        add_beside_us(all, record.edges[i], label, q_of_edge(record, i), beside_us);
        for (const auto& address : record.edges[i].addresses) {
            const bool pinned = is_tls(address) && has_key;
            add(label, address, q_of_edge(record, i), &record.edges[i],
                pinned ? std::optional<sip::KeyHash>(hash) : std::nullopt);
        }
    }
    return all;
}

/// The relay sees the token alone, and what is said to the edge itself needs no more of a host than that it
/// is meant (sip/edge).
std::string relayed_uri(std::string_view label) {
    return "sip:" + sip::escape_user(label) + "@" + std::string(sip::relayed_host) + ";transport=tls";
}

void add_tickets(sip::RouteContact& contact, const std::optional<crypto::TicketKey>& key,
                 const CallersSide& side) {
    if (!key) return;
    if (side.maker_for) contact.ticket = side.maker_for(*key);
    if (!side.ticket_for) return;
    const std::string bearer = side.ticket_for(*key, crypto::TicketKind::bearer);
    const std::string passed_on = side.ticket_for(*key, crypto::TicketKind::passed_on);
    if (!passed_on.empty()) contact.asked = contact.uri + ";tk=" + passed_on;
    if (!bearer.empty()) contact.uri += ";tk=" + bearer;
}

void add_through(ComposedContacts& composed, const overlay::InnerRecord& record, std::string_view label,
                 const AddressJudge& judge, const CallersSide& side) {
    std::size_t count = 0;
    for (const auto& edge : record.through) {
        composed.gives_tls = true;
        const overlay::TransportAddress relay{overlay::Transport::tls, edge.relay, edge.port};
        const auto here = side.relayed_here ? side.relayed_here(edge) : std::nullopt;
        const std::string reason = here ? "" : judge(relay);
        if (!reason.empty()) composed.refused.push_back("through " + to_text(relay) + ": " + reason);
        if (!reason.empty() || count == max_contacts) continue;
        ++count;
        sip::RouteContact contact{relayed_uri(label), 1.0};
        add_tickets(contact, edge.ticket_key, side);
        const sip::Endpoint at = here.value_or(sip::Endpoint{edge.relay, edge.port});
        contact.hop =
            sip::NextHop{sip::Transport::tls, at, {{}, edge.tls_key_hash, sip::token_text(edge.token)}};
        composed.contacts.push_back(std::move(contact));
    }
}

}  // namespace

std::string contact_uri(std::string_view user, const overlay::TransportAddress& address) {
    std::string uri = "sip:";
    if (!user.empty()) uri += sip::escape_user(user) + "@";
    uri += sip::host_text(address.address) + ":" + std::to_string(address.port) + ";transport=";
    return uri + std::string(sip::uri_value(to_sip(address.transport)));
}

ComposedContacts compose_contacts(const overlay::InnerRecord& record, std::string_view label,
                                  const sip::Flow& caller, const AddressJudge& judge,
                                  const CallersSide& side) {
    ComposedContacts composed;
    auto all = candidates_of(record, label, caller, side.beside_us);
    composed.without_address = std::ranges::any_of(record.edges, [](const overlay::Edge& edge) {
        return edge.addresses.empty() && edge.tls_key_hash != crypto::Bytes<32>{};
    });
    // What a neighbour says, which anybody may say in his place, takes no other way from the call.
    const auto is_beside = [](const Candidate& each) { return each.place != Candidate::Place::anywhere; };
    composed.gives_tls =
        std::any_of(all.begin(), all.end(),
                    [&](const Candidate& candidate) { return candidate.pin && !is_beside(candidate); }) ||
        (!all.empty() && std::all_of(all.begin(), all.end(), is_beside));
    std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
        if (a.family_fits != b.family_fits) return a.family_fits;
        if (a.direct != b.direct) return a.direct;
        if (a.q != b.q) return a.q > b.q;
        if (is_tls(a.address) != is_tls(b.address)) return is_tls(b.address);
        if (a.place != b.place) return a.place < b.place;
        return a.transport_fits && !b.transport_fits;
    });
    std::size_t clear = 0, pinned = 0, beside = 0;
    for (const auto& candidate : all) {
        const std::string reason = is_beside(candidate) ? std::string() : judge(candidate.address);
        std::size_t& count = is_beside(candidate) ? beside : candidate.pin ? pinned : clear;
        if (!reason.empty()) {
            composed.refused.push_back(to_text(candidate.address) + ": " + reason);
        } else if (count < max_contacts) {
            ++count;
            if (is_beside(candidate)) composed.beside_us.push_back(to_text(candidate.address));
            sip::RouteContact contact{contact_uri(candidate.user, candidate.address), candidate.q / 1000.0};
            add_tickets(contact, candidate.ticket_key, side);
            if (candidate.pin) {
                const sip::Endpoint at{candidate.address.address, candidate.address.port};
                contact.hop = sip::NextHop{sip::Transport::tls, at, {{}, candidate.pin}};
            }
            composed.contacts.push_back(std::move(contact));
        }
    }
    add_through(composed, record, label, judge, side);
    // The order is the order to try; a q that says otherwise would mislead the few phones that read it.
    for (std::size_t i = 1; i < composed.contacts.size(); ++i) {
        composed.contacts[i].q = std::min(composed.contacts[i].q, composed.contacts[i - 1].q);
    }
    return composed;
}

}  // namespace node
