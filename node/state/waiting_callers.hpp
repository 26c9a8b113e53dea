// node/state/waiting_callers.hpp - what each user wants with strangers; who called and was not let through
// (policy "ask"), until the person decides; and whom the person has rejected. Forgetful: of verified and of
// unverified callers each the latest 100, for 30 days; so nobody can push others out by names that he makes
// up, but with names that he proves. One loop, as its Database.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/config/stranger_policy.hpp"
#include "node/state/database.hpp"

namespace node {

inline constexpr std::size_t max_waiting_callers = 100;  // verified, and as many who are not
inline constexpr std::size_t max_blocked_callers = 10'000;
inline constexpr std::chrono::days caller_forgotten_after{30};

struct WaitingCaller {
    std::int64_t number = 0;  // as `hedgewitch callers` shows it; never given twice
    std::string user;         // of ours, who was called
    std::string caller;       // URI: verified, or as claimed
    std::string name;         // as they call themselves
    bool verified = false;
    std::chrono::sys_seconds first, last;
    std::int64_t calls = 1;
};

class WaitingCallers {
public:
    /// Borrows `db`. Throws DatabaseError.
    explicit WaitingCallers(Database& db);

    /// What the user asks for; nothing: as the node (sip.strangers). From memory.
    [[nodiscard]] std::optional<StrangerPolicy> mode_of(std::string_view user) const;
    /// False: no such user.
    bool set_mode(std::string_view user, std::optional<StrangerPolicy> mode);

    /// Counts the call with the earlier ones of this caller to this user. True: the first one.
    bool note(const WaitingCaller& caller);
    /// The same for many, written together.
    void note_all(const std::vector<WaitingCaller>& callers);
    /// Latest call first.
    [[nodiscard]] std::vector<WaitingCaller> waiting() const;
    [[nodiscard]] std::optional<WaitingCaller> find(std::int64_t number) const;
    /// All entries of this caller, whomever he called.
    bool forget(std::string_view caller, bool verified);

    /// From memory. An unverified caller is known by what he claims, so a verified one is another.
    [[nodiscard]] bool is_blocked(std::string_view caller, bool verified) const;
    [[nodiscard]] std::vector<std::string> blocked() const;  // URIs, "(unverified) " before some
    /// False: there are too many.
    bool block(std::string_view caller, bool verified, std::chrono::sys_seconds now);
    bool unblock(std::string_view caller);

    void reload();
    /// As Database::write_failed().
    void write_failed(const DatabaseError& error) { db_.write_failed("callers who wait", error); }

private:
    bool note_one(const WaitingCaller& caller);

    Database& db_;
    std::map<std::string, StrangerPolicy, std::less<>> modes_;
    std::set<std::pair<std::string, bool>> blocked_;
};

}  // namespace node
