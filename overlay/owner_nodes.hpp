// overlay/owner_nodes.hpp - for names that were found before, which nodes of their owners may be asked past
// the DHT. Outlives a restart: whoever has called before gets through although all locations of the name are
// taken. Bounded (least recently changed goes first). Overlay loop only.
#pragma once

#include <list>
#include <map>

#include "overlay/memory.hpp"
#include "overlay/record_name.hpp"

namespace overlay {

class OwnerNodes {
public:
    /// Reads and writes `memory`, and borrows it.
    explicit OwnerNodes(Memory& memory, std::size_t capacity = 4096);
    OwnerNodes(const OwnerNodes&) = delete;  // entries_ points into order_
    OwnerNodes& operator=(const OwnerNodes&) = delete;

    /// Empty: nobody is known.
    [[nodiscard]] std::vector<NodeAddress> of(const RecordName& name) const;
    void remember(const RecordName& name, const std::vector<NodeAddress>& nodes);

private:
    struct Known {
        std::vector<NodeAddress> nodes;
        std::list<Memory::NameHash>::iterator place;  // in order_
    };
    void insert(const Memory::NameHash& name, const std::vector<NodeAddress>& nodes);

    Memory& memory_;
    std::size_t capacity_;
    std::map<Memory::NameHash, Known> entries_;
    std::list<Memory::NameHash> order_;  // front: latest
};

}  // namespace overlay
