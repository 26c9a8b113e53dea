// node/state/way_in_table.hpp - nodes of the DHT that invites have named: whom to ask while nobody else is
// known. Bounded: the latest stay. One loop, as its Database.
#pragma once

#include <chrono>
#include <vector>

#include "node/state/database.hpp"
#include "sip/flow.hpp"

namespace node {

class WayInTable {
public:
    static constexpr unsigned most = 12;

    explicit WayInTable(Database& db) : db_(db) {}
    /// The latest first. Throws DatabaseError.
    [[nodiscard]] std::vector<sip::Endpoint> all();
    /// Throws DatabaseError.
    void add(const std::vector<sip::Endpoint>& endpoints, std::chrono::sys_seconds now);

private:
    Database& db_;
};

}  // namespace node
