// node/publish/own_record.hpp - what this node publishes for a user: its own addresses, and that so many
// phones are there.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "crypto/identity.hpp"
#include "node/config/config.hpp"
#include "overlay/inner_record.hpp"
#include "sip/registrar/binding.hpp"

namespace node {

/// Can others reach this host, which is not us, without help?
using HostJudge = std::function<bool(const asio::ip::address& host)>;

/// The phone itself as a contact for callers: nothing unless what it registered is the very address it sent
/// from (else something translates in between), without a Path, over UDP or TCP, the user part fits a record,
/// and `reached` says yes.
std::optional<overlay::DirectPhone> direct_phone(const sip::Binding& binding, const HostJudge& reached);

struct RecordPolicy {
    RecordContacts contacts = RecordContacts::edge;
    HostJudge reached;
    /// An edge without an address that others may call is published all the same, if it has a TLS key: a
    /// neighbour knows it by that (overlay/village/neighbours.hpp).
    bool neighbours = false;
};

/// Empty when there is nothing to publish: no phone, or no way to this node. `through`: edges that are this
/// node, too, as it is met through relays. One edge, this node; each binding a phone in it (8 at most), known
/// by a keyed hash that says nothing of its model. By the policy, phones that others reach directly stand
/// beside it (both), or instead of it (direct: the edge only while a phone needs it).
std::optional<overlay::InnerRecord> own_record(const std::vector<sip::Binding>& bindings,
                                               const std::vector<overlay::TransportAddress>& addresses,
                                               const crypto::Identity& identity,
                                               const crypto::Bytes<32>& tls_key_hash = {},
                                               const RecordPolicy& policy = {},
                                               const std::vector<overlay::ThroughEdge>& through = {});

}  // namespace node
