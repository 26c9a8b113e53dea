// node/routing/record_contacts.hpp - turns a verified record into SIP Contacts. The record holds addresses
// only; the names come from the call, and from nobody else.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/ticket.hpp"
#include "node/addresses.hpp"
#include "overlay/inner_record.hpp"
#include "sip/edge/route.hpp"

namespace node {

inline constexpr std::size_t max_contacts = 4;  // of one 302; phones try the first only (sip/README.md)

/// The caller's ticket of that kind for one contact at an edge with this key; empty: none.
using TicketFor = std::function<std::string(const crypto::TicketKey& key, crypto::TicketKind kind)>;

/// Makes the passed_on one anew, for another body (sip/proxy/ticket_maker.hpp).
using TicketMakerFor = std::function<std::shared_ptr<const sip::TicketMaker>(const crypto::TicketKey& key)>;

/// Where an edge may stand on our own network, found by the key that its record names.
struct EdgePlaces {
    std::vector<sip::Endpoint> tls;
    bool first = false;  // no use to go out and come back through our own router
};
using EdgeFinder = std::function<EdgePlaces(const overlay::Edge& edge)>;

/// Where to ask for an edge that this very node relays for: nobody else's address, and yet no call that comes
/// back to us. Nothing: it is another node that relays for it.
using RelayedHere = std::function<std::optional<sip::Endpoint>(const overlay::ThroughEdge& edge)>;

/// What the caller's node adds to a record; each may be missing.
struct CallersSide {
    TicketFor ticket_for = {};
    TicketMakerFor maker_for = {};
    EdgeFinder beside_us = {};
    RelayedHere relayed_here = {};
};

struct ComposedContacts {
    std::vector<sip::RouteContact> contacts;  // best first
    std::vector<std::string> refused;         // "udp:127.0.0.1:5060: loopback"
    bool gives_tls = false;                   // an edge in it has a TLS address and key, to be called or not
    std::vector<std::string> beside_us;       // of the contacts: "tls:192.168.1.21:5061"
    bool without_address = false;             // an edge in it says only by which key it is known
};

/// "sip:alice@192.0.2.1:5060;transport=udp"
std::string contact_uri(std::string_view user, const overlay::TransportAddress& address);

/// With a ticket each contact at an edge has two others, as `;tk=`: a bearer's in the URI that a phone is
/// given, and in what the proxy asks for one of the call that it passes on. A phone could not read it. Phones
/// that can be reached directly first, then edges under `label`; among equals what the caller's own phone can
/// surely use: an IPv4-only phone does not follow an IPv6 Contact. An edge's TLS address carries its pin; it
/// comes after the others, and beyond their number: our proxy takes it first, and a phone, which would look
/// for a name in the certificate, had better not try. So does each place beside us, whoever may have said
/// that the edge is there: nothing goes there but by TLS with the record's key. They stand before the edge's
/// outer addresses when those lead back through our own router, else behind. Last come those through a relay,
/// each known by its key and with a host that names nobody to others (sip::relayed_host): our proxy alone can
/// use them.
ComposedContacts compose_contacts(const overlay::InnerRecord& record, std::string_view label,
                                  const sip::Flow& caller, const AddressJudge& judge,
                                  const CallersSide& side = {});

}  // namespace node
