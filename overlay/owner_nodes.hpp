// overlay/owner_nodes.hpp - for names that were found before, which nodes of their owners may be asked past
// the DHT. Outlives a restart: whoever has called before gets through although all locations of the name are
// taken. Bounded (least recently changed goes first). Overlay loop only.
#pragma once

#include <vector>

#include "overlay/memory.hpp"
#include "overlay/recent_map.hpp"
#include "overlay/record_name.hpp"

namespace overlay {

class OwnerNodes {
public:
    /// Reads and writes `memory`, and borrows it.
    explicit OwnerNodes(Memory& memory, std::size_t capacity = 4096);

    /// Empty: nobody is known.
    [[nodiscard]] std::vector<NodeAddress> of(const RecordName& name) const;
    void remember(const RecordName& name, const std::vector<NodeAddress>& nodes);

private:
    Memory& memory_;
    RecentMap<Memory::NameHash, std::vector<NodeAddress>> known_;
};

}  // namespace overlay
