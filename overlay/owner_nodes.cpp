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

OwnerNodes::OwnerNodes(Memory& memory, std::size_t capacity) : memory_(memory), capacity_(capacity) {
    for (const auto& [name, nodes] : memory_.load_owner_nodes())
        insert(name, nodes);
}

std::vector<NodeAddress> OwnerNodes::of(const RecordName& name) const {
    const auto known = entries_.find(hash_of(name));
    return known != entries_.end() ? known->second.nodes : std::vector<NodeAddress>{};
}

void OwnerNodes::remember(const RecordName& name, const std::vector<NodeAddress>& nodes) {
    const auto hash = hash_of(name);
    if (const auto known = entries_.find(hash); known != entries_.end()) {
        if (known->second.nodes == nodes) return;
        order_.erase(known->second.place);
        entries_.erase(known);
    }
    insert(hash, nodes);
    memory_.save_owner_nodes({hash, nodes});
}

void OwnerNodes::insert(const Memory::NameHash& name, const std::vector<NodeAddress>& nodes) {
    if (capacity_ == 0 || entries_.contains(name)) return;
    if (entries_.size() >= capacity_) {
        entries_.erase(order_.back());
        order_.pop_back();
    }
    order_.push_front(name);
    entries_.emplace(name, Known{nodes, order_.begin()});
}

}  // namespace overlay
