// overlay/owner_nodes.cpp - a bounded map that is written through.
#include "overlay/owner_nodes.hpp"

#include <sodium.h>

namespace overlay {
namespace {

Memory::NameHash hash_of(const RecordName& name) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, name.owner.data(), name.owner.size());
    const auto secret_size = static_cast<std::uint8_t>(name.secret.size());
    crypto_hash_sha256_update(&state, &secret_size, 1);
    crypto_hash_sha256_update(&state, name.secret.data(), name.secret.size());
    const auto label = crypto::bytes_of(name.label);
    crypto_hash_sha256_update(&state, label.data(), label.size());
    Memory::NameHash hash{};
    crypto_hash_sha256_final(&state, hash.data());
    return hash;
}

}  // namespace

OwnerNodes::OwnerNodes(Memory& memory, std::size_t capacity) : memory_(memory), known_(capacity) {
    for (const auto& [name, nodes] : memory_.load_owner_nodes())
        if (!known_.contains(name)) known_.put(name, nodes);
}

std::vector<NodeAddress> OwnerNodes::of(const RecordName& name) const {
    const auto* const nodes = known_.find(hash_of(name));
    return nodes != nullptr ? *nodes : std::vector<NodeAddress>{};
}

void OwnerNodes::remember(const RecordName& name, const std::vector<NodeAddress>& nodes) {
    const auto hash = hash_of(name);
    if (const auto* const known = known_.find(hash); known != nullptr && *known == nodes) return;
    known_.put(hash, nodes);
    memory_.save_owner_nodes({hash, nodes});
}

}  // namespace overlay
