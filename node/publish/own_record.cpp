// node/publish/own_record.cpp - own addresses and bindings into an inner record.
#include "node/publish/own_record.hpp"

#include <algorithm>

#include "crypto/hkdf.hpp"
#include "node/addresses.hpp"
#include "sip/syntax/next_hop.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

constexpr std::size_t max_phones = 8;
constexpr std::size_t max_user = 64;  // overlay/inner_record.hpp, and so these
bool fits_a_record(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._~+-").find(c) != std::string_view::npos;
}

/// Stable over restarts, so that the same phones make the same record, and unlinkable without the seed.
crypto::Bytes<8> instance_hash(const sip::Binding& binding, const crypto::Identity& identity) {
    const std::string& who = binding.instance.empty() ? binding.contact : binding.instance;
    crypto::Bytes<8> hash{};
    crypto::hkdf_sha512(crypto::bytes_of("hedgewitch/v1/instance"), identity.seed().view(),
                        crypto::bytes_of(who), hash);
    return hash;
}

}  // namespace

std::optional<overlay::DirectPhone> direct_phone(const sip::Binding& binding, const HostJudge& reached) {
    const bool plain =
        binding.flow.transport == sip::Transport::udp || binding.flow.transport == sip::Transport::tcp;
    if (!plain || !binding.path.empty() || !reached) return std::nullopt;
    const auto hop = sip::next_hop(binding.contact);
    const auto uri = sip::UriView::parse(binding.contact);
    if (!hop || !uri || hop->transport != binding.flow.transport) return std::nullopt;
    const auto& source = binding.flow.remote;
    // A TCP phone sends from another port than it listens at; that the address is the same has to do.
    const bool same_port = hop->endpoint.port == source.port || hop->transport == sip::Transport::tcp;
    if (hop->endpoint.address != source.address || !same_port || !reached(source.address))
        return std::nullopt;
    const auto user = sip::unescape(uri->user);
    if (user.size() > max_user || !std::all_of(user.begin(), user.end(), fits_a_record)) return std::nullopt;
    return overlay::DirectPhone{
        {to_overlay(hop->transport), hop->endpoint.address, hop->endpoint.port}, user, binding.q};
}

std::optional<overlay::InnerRecord> own_record(const std::vector<sip::Binding>& bindings,
                                               const std::vector<overlay::TransportAddress>& addresses,
                                               const crypto::Identity& identity,
                                               const crypto::Bytes<32>& tls_key_hash,
                                               const RecordPolicy& policy,
                                               const std::vector<overlay::ThroughEdge>& through) {
    overlay::InnerRecord record;
    bool needs_edge = policy.contacts != RecordContacts::direct;
    for (const auto& binding : bindings) {
        if (record.phones.size() == max_phones) break;
        record.phones.push_back({0, binding.q, 0, instance_hash(binding, identity)});
        if (policy.contacts == RecordContacts::edge) continue;
        if (auto phone = direct_phone(binding, policy.reached)) {
            record.direct.push_back(std::move(*phone));
        } else {
            needs_edge = true;
        }
    }
    const bool known_beside_us = policy.neighbours && tls_key_hash != crypto::Bytes<32>{};
    if (needs_edge && (!addresses.empty() || known_beside_us)) {
        record.edges.push_back({tls_key_hash, addresses});
    } else {
        record.phones.clear();  // each is in an edge
    }
    if (needs_edge && !bindings.empty()) record.through = through;
    if (record.phones.empty() && record.direct.empty() && record.through.empty()) return std::nullopt;
    return record;
}

}  // namespace node
