// node/state/page_table.hpp - who may look at the page: browsers that are logged in, links that log one in
// once, and the password. Of what a browser holds only hashes are kept: whoever reads the file gets nowhere.
// Bounded: of too many browsers the one not seen for longest goes, of too many links the oldest. What was is
// looked up each time, so that what a command writes counts at once. One loop, as its Database. Everything
// throws DatabaseError.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "crypto/bytes.hpp"
#include "node/state/database.hpp"

namespace node {

struct PageSessionRow {
    crypto::Bytes<32> hash{};  // of what its cookie says
    std::chrono::sys_seconds created, seen;
    friend bool operator==(const PageSessionRow&, const PageSessionRow&) = default;
};

class PageTable {
public:
    static constexpr unsigned most_sessions = 64, most_links = 16;
    using Hash = crypto::Bytes<32>;

    explicit PageTable(Database& db) : db_(db) {}

    [[nodiscard]] std::optional<PageSessionRow> session(const Hash& hash);
    void add_session(const Hash& hash, std::chrono::sys_seconds now);
    void seen(const Hash& hash, std::chrono::sys_seconds now);
    void end_session(const Hash& hash);
    /// All but one, or all. How many there were.
    int end_sessions(const std::optional<Hash>& but = std::nullopt);
    /// That were seen last before `then`.
    void end_sessions_before(std::chrono::sys_seconds then);
    [[nodiscard]] bool has_sessions();

    void add_link(const Hash& hash, std::chrono::sys_seconds until, std::chrono::sys_seconds now);
    /// Is it good at that time?
    [[nodiscard]] bool has_link(const Hash& hash, std::chrono::sys_seconds now);
    /// The same, and it is used up.
    [[nodiscard]] bool take_link(const Hash& hash, std::chrono::sys_seconds now);
    /// Those that would be good longer than that.
    void end_links_after(std::chrono::sys_seconds until);

    /// As crypto::hash_password() gave it; empty: none is set.
    [[nodiscard]] std::string password();
    void set_password(const std::string& hash);

private:
    Database& db_;
};

}  // namespace node
