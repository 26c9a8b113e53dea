// node/state/facts.hpp - small numbers that outlive a restart, by name: when the clock was last known good.
// Each set() is one statement and so whole or not at all, also over kill -9 or power loss (as durable as the
// Database it is given). The loop of its Database only. Everything throws DatabaseError.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "node/state/database.hpp"

namespace node {

class Facts {
public:
    explicit Facts(Database& db) : db_(db) {}
    [[nodiscard]] std::optional<std::int64_t> get(std::string_view name);
    void set(std::string_view name, std::int64_t value);
    /// Of all whose name begins so.
    [[nodiscard]] std::vector<std::string> names(std::string_view beginning);
    /// False: there was none.
    bool forget(std::string_view name);
    /// As Database::write_failed().
    void write_failed(const std::string& what, const DatabaseError& error) { db_.write_failed(what, error); }

private:
    Database& db_;
};

}  // namespace node
