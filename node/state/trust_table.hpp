// node/state/trust_table.hpp - which key a name is bound to, how it came to be known, and which other key
// wants its place. Names are lowercase: a domain ("example.org") or a name of an authority
// ("alice@riverside"). Answers come from memory; what changes is committed before a call returns. Promises:
// 1. A name that is bound never gets another key by itself: the other key waits, and calls are refused, until
//    the person accepts or rejects it.
// 2. Unproven DNS can neither replace nor block what a pin, DNSSEC or an authority says.
// 3. Only age ends a binding, and a binding with a key waiting does not age.
// Commands write through a table of their own, in another process: what the node writes is decided on the row
// as it is in the file, so that neither undoes the other. One loop, as its Database.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/state/database.hpp"
#include "node/state/trust_rules.hpp"

namespace node {

inline constexpr std::size_t max_first_use_rows = 10'000;
inline constexpr std::size_t max_vouched_rows = 10'000;  // dnssec and authority together

struct TrustEntry {
    std::string name;
    crypto::PublicKey key{};
    TrustSource source = TrustSource::first_use;
    std::chrono::sys_seconds first_seen, last_seen;
    std::chrono::seconds max_age{0};           // counted from last_seen; 0: for ever
    std::optional<crypto::PublicKey> new_key;  // waits for the person; calls get 403 `Key changed`
    TrustSource new_source = TrustSource::first_use;
    std::chrono::sys_seconds new_seen;
    bool from_config = false;  // [pins]; only the file can change it

    /// No longer a binding: the next finding binds the name anew.
    [[nodiscard]] bool is_old(std::chrono::sys_seconds now) const noexcept {
        return aged_out(last_seen, max_age, new_key.has_value(), now);
    }
    friend bool operator==(const TrustEntry&, const TrustEntry&) = default;
};

/// A command that [pins] of the configuration stands against: names the file and the key to edit.
class PinnedByConfig : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class TrustTable {
public:
    using PinMap = std::map<std::string, crypto::PublicKey>;
    /// `config_pins` count as pins, and stand above what the table says. `config_file` only names them in
    /// errors. Borrows `db`. Throws DatabaseError.
    TrustTable(Database& db, PinMap config_pins, std::chrono::sys_seconds now,
               std::filesystem::path config_file = {});
    TrustTable(const TrustTable&) = delete;  // borrowed by the chain
    TrustTable& operator=(const TrustTable&) = delete;

    /// Empty: unknown, or aged out.
    [[nodiscard]] std::optional<TrustEntry> find(std::string_view name, std::chrono::sys_seconds now) const;

    /// A step of the chain found `key` for `name`. `max_age` counts for dnssec alone (clamped). Durable when
    /// it returns. Never throws: when the database fails, that is logged, and the finding holds for this run.
    Finding see(std::string_view name, const crypto::PublicKey& key, TrustSource source,
                std::chrono::sys_seconds now, std::chrono::seconds max_age = default_dnssec_max_age);

    // What the person decides. Durable when they return. Throw DatabaseError and PinnedByConfig.
    /// Replaces whatever was bound or waits. False: pinned to that key already.
    bool pin(std::string_view name, const crypto::PublicKey& key, std::chrono::sys_seconds now);
    /// The waiting key takes the place. A pin stays a pin: the person has just said so.
    /// False: nothing waits, or, when `expected` is given, another key than that.
    bool accept(std::string_view name, std::chrono::sys_seconds now,
                const std::optional<crypto::PublicKey>& expected = {});
    /// The waiting key is dropped, and ignored as long as it is the one that is found. Also against a pin of
    /// the configuration. False: as accept().
    bool reject(std::string_view name, const std::optional<crypto::PublicKey>& expected = {});
    /// Also forgets which key was rejected. False: unknown.
    bool forget(std::string_view name);

    /// By name; those that aged out too.
    [[nodiscard]] std::vector<TrustEntry> all() const;
    /// Reads the table again. Throws DatabaseError; then what was known stays.
    void reload();

private:
    [[nodiscard]] const crypto::PublicKey* config_pin(std::string_view name) const;
    void refuse_if_pinned(const std::string& name) const;
    [[nodiscard]] std::optional<TrustEntry> entry_of(const std::string& name, const TrustRow& row) const;
    [[nodiscard]] TrustRow known(const std::string& name) const;
    TrustRow read(const std::string& name);
    void write(const std::string& name, const TrustRow& row);
    [[nodiscard]] std::vector<std::string> too_many(const std::string& name, TrustSource source) const;
    bool evict(const std::string& name);
    template <typename F>
    bool decide(const std::string& name, F&& change);

    Database& db_;
    const PinMap config_pins_;
    const std::filesystem::path config_file_;
    const std::chrono::sys_seconds since_;  // when the configuration was read
    std::map<std::string, TrustRow, std::less<>> rows_;
    std::set<std::string> unwritten_;  // rows that the database did not take
};

}  // namespace node
