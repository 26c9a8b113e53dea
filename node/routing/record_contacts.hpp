// node/routing/record_contacts.hpp - turns a verified record into SIP Contacts. The record holds addresses
// only; the names come from the call, and from nobody else.
#pragma once

#include <functional>
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

/// Where an edge may stand on our own network, found by the key that its record names.
struct EdgePlaces {
    std::vector<sip::Endpoint> tls;
    bool first = false;  // no use to go out and come back through our own router
};
using EdgeFinder = std::function<EdgePlaces(const overlay::Edge& edge)>;

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
/// outer addresses when those lead back through our own router, else behind.
ComposedContacts compose_contacts(const overlay::InnerRecord& record, std::string_view label,
                                  const sip::Flow& caller, const AddressJudge& judge,
                                  const TicketFor& ticket_for = {}, const EdgeFinder& beside_us = {});

}  // namespace node
