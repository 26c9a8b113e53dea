// node/state/way_in_table.cpp - rows of `way_in`.
#include "node/state/way_in_table.hpp"

#include "node/addresses.hpp"

namespace node {

std::vector<sip::Endpoint> WayInTable::all() {
    std::vector<sip::Endpoint> endpoints;
    auto select = db_.prepare("SELECT endpoint FROM way_in ORDER BY added DESC, endpoint");
    while (select.step()) {
        if (const auto endpoint = parse_endpoint(select.text(0))) endpoints.push_back(*endpoint);
    }
    return endpoints;
}

void WayInTable::add(const std::vector<sip::Endpoint>& endpoints, std::chrono::sys_seconds now) {
    for (const auto& endpoint : endpoints) {
        db_.prepare(
               "INSERT INTO way_in(endpoint, added) VALUES(?, ?) ON CONFLICT DO UPDATE SET added = "
               "excluded.added")
            .bind(1, sip::to_string(endpoint))
            .bind(2, std::int64_t{now.time_since_epoch().count()})
            .run();
    }
    db_.prepare(
           "DELETE FROM way_in WHERE endpoint NOT IN (SELECT endpoint FROM way_in ORDER BY added DESC, "
           "endpoint LIMIT ?)")
        .bind(1, std::int64_t{most})
        .run();
}

}  // namespace node
