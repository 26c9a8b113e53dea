// node/page/page_sessions.hpp - who may look at the page: a browser that has come by a one-time link or with
// the password, and holds a cookie since. A core over its table; time is handed in.
// 1. What a browser or a link holds is 35 or 20 random bytes; kept are hashes of them only.
// 2. A browser that was not seen for 30 days is out, and so is each when the password is set anew or taken
// away.
// 3. A link logs in once, within 10 minutes; the one of the first start within a day, unless somebody has
// logged in.
// 4. The token against CSRF is made of the cookie, so each browser has its own, and none is kept.
// Everything throws DatabaseError. The loop of its database only.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "node/state/page_table.hpp"

namespace node {

class PageSessions {
public:
    static constexpr std::chrono::days idle{30};
    static constexpr std::chrono::hours seen_each{1};  // written down as often
    static constexpr std::chrono::minutes link_lasts{10};
    static constexpr std::chrono::hours first_link_lasts{24};
    static constexpr std::size_t shortest_password = 12, longest_password = 256;

    struct Session {
        PageTable::Hash hash{};
        std::string csrf;
    };

    explicit PageSessions(Database& db) : table_(db) {}

    /// Has find() or begin() known this cookie since the start? Costs no look into the database.
    [[nodiscard]] bool was_good(std::string_view cookie) const;
    /// Of the browser that sent this cookie.
    [[nodiscard]] std::optional<Session> find(std::string_view cookie, std::chrono::sys_seconds now);
    /// A new one: what its cookie says.
    [[nodiscard]] std::string begin(std::chrono::sys_seconds now);
    void end(const Session& session) { table_.end_session(session.hash); }

    /// What stands behind /first/ in a link.
    [[nodiscard]] std::string make_link(std::chrono::seconds lasts, std::chrono::sys_seconds now);
    [[nodiscard]] bool is_good(std::string_view link, std::chrono::sys_seconds now);
    /// True once.
    [[nodiscard]] bool take(std::string_view link, std::chrono::sys_seconds now);

    [[nodiscard]] bool has_password() { return !table_.password().empty(); }
    /// Takes 30 ms.
    [[nodiscard]] bool is_password(std::string_view password);
    /// Ends every session. Empty: none any more. False: there is no memory for it.
    [[nodiscard]] bool set_password(std::string_view password);
    /// Why not; empty: it will do. A sentence.
    [[nodiscard]] static std::string why_not(std::string_view password);
    /// Nobody was ever here.
    [[nodiscard]] bool is_new() { return !has_password() && !table_.has_sessions(); }

private:
    void note(const PageTable::Hash& hash);

    PageTable table_;
    std::set<PageTable::Hash> good_;  // at most as many as there are sessions
};

}  // namespace node
