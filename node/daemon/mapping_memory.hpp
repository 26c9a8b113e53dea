// node/daemon/mapping_memory.hpp - what reach wants to find again after a restart: by which secret a router
// knows our mappings, and which of them never end. In the table of facts; what cannot be read or written is
// done without. SIP loop only.
#pragma once

#include "node/reach/reachability_loop.hpp"
#include "node/state/facts.hpp"

namespace node {

class MappingMemory {
public:
    explicit MappingMemory(Facts& facts) : facts_(facts) {}

    /// Made and kept the first time.
    [[nodiscard]] crypto::Bytes<16> secret();
    [[nodiscard]] std::vector<LastingMapping> load();
    void save(const std::vector<LastingMapping>& mappings);

private:
    Facts& facts_;
};

}  // namespace node
