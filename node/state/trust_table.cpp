// node/state/trust_table.cpp - bindings in memory and in the file.
#include "node/state/trust_table.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>

namespace node {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr const char* columns =
    "key, source, first_seen, last_seen, max_age, new_key, new_source, new_seen, rejected_key";

std::optional<crypto::PublicKey> key_of(const std::vector<std::uint8_t>& blob) {
    crypto::PublicKey key{};
    if (blob.empty()) return std::nullopt;
    if (blob.size() != key.size()) throw DatabaseError("table trust: a key has the wrong size");
    std::copy(blob.begin(), blob.end(), key.begin());
    return key;
}

crypto::ByteView blob_of(const std::optional<crypto::PublicKey>& key) {
    return key ? crypto::ByteView(*key) : crypto::ByteView();
}

TrustSource source_of(std::int64_t number) {
    if (number < 1 || number > 4) throw DatabaseError("table trust: an unknown source");
    return static_cast<TrustSource>(number);
}

sys_seconds time_of(std::int64_t unix) {
    return sys_seconds(seconds(unix));
}
std::int64_t unix_of(sys_seconds time) {
    return time.time_since_epoch().count();
}

TrustRow row_from(const Statement& row) {
    TrustRow r;
    r.key = key_of(row.blob(0));
    r.source = source_of(row.number(1));
    r.first_seen = time_of(row.number(2));
    r.last_seen = time_of(row.number(3));
    r.max_age = seconds(row.number(4));
    r.new_key = key_of(row.blob(5));
    r.new_source = source_of(row.number(6));
    r.new_seen = time_of(row.number(7));
    r.rejected_key = key_of(row.blob(8));
    return r;
}

}  // namespace

TrustTable::TrustTable(Database& db, PinMap config_pins, sys_seconds now, std::filesystem::path config_file)
    : db_(db), config_pins_(std::move(config_pins)), config_file_(std::move(config_file)), since_(now) {
    reload();
}

const crypto::PublicKey* TrustTable::config_pin(std::string_view name) const {
    const auto found = config_pins_.find(std::string(name));
    return found == config_pins_.end() ? nullptr : &found->second;
}

void TrustTable::refuse_if_pinned(const std::string& name) const {
    if (config_pin(name) == nullptr) return;
    throw PinnedByConfig(name + " is pinned in " + config_file_.string() + ": edit the line \"" + name +
                         "\" under [pins] there, and restart the node");
}

std::optional<TrustEntry> TrustTable::entry_of(const std::string& name, const TrustRow& row) const {
    const auto* pinned = config_pin(name);
    if (pinned == nullptr && !row.key) return std::nullopt;
    TrustEntry entry;
    entry.name = name;
    entry.key = pinned != nullptr ? *pinned : *row.key;
    entry.source = pinned != nullptr ? TrustSource::pin : row.source;
    entry.from_config = pinned != nullptr;
    const bool same = row.key == entry.key;
    entry.first_seen = same ? row.first_seen : since_;
    entry.last_seen = same ? row.last_seen : since_;
    if (!entry.from_config) entry.max_age = row.max_age;
    const bool unproven = row.new_source == TrustSource::first_use && entry.source != TrustSource::first_use;
    if (row.new_key && row.new_key != entry.key && !unproven) {
        entry.new_key = row.new_key;
        entry.new_source = row.new_source;
        entry.new_seen = row.new_seen;
    }
    return entry;
}

TrustRow TrustTable::known(const std::string& name) const {
    const auto found = rows_.find(name);
    return found == rows_.end() ? TrustRow{} : found->second;
}

std::optional<TrustEntry> TrustTable::find(std::string_view name, sys_seconds now) const {
    auto entry = entry_of(std::string(name), known(std::string(name)));
    if (entry && entry->is_old(now)) entry.reset();
    return entry;
}

std::vector<TrustEntry> TrustTable::all() const {
    std::map<std::string, TrustEntry> by_name;
    for (const auto& [name, key] : config_pins_)
        by_name.emplace(name, *entry_of(name, known(name)));
    for (const auto& [name, row] : rows_) {
        if (auto entry = entry_of(name, row)) by_name.emplace(name, std::move(*entry));
    }
    std::vector<TrustEntry> entries;
    entries.reserve(by_name.size());
    for (auto& [name, entry] : by_name)
        entries.push_back(std::move(entry));
    return entries;
}

Finding TrustTable::see(std::string_view name_view, const crypto::PublicKey& key, TrustSource source,
                        sys_seconds now, seconds max_age) {
    const std::string name(name_view);
    const Sighting sighting{key, source, now, max_age};
    const bool retry = unwritten_.contains(name);
    TrustRow row = known(name);
    Judgement judgement = judge(row, config_pin(name), sighting);
    if (!judgement.touched && !retry) return judgement.finding;

    auto victims = too_many(name, row.source);
    try {
        // A command may have written since: the row in the file counts, under the writer's lock.
        Transaction transaction(db_);
        TrustRow fresh = read(name);
        if (fresh == TrustRow{} && retry) fresh = known(name);
        judgement = judge(fresh, config_pin(name), sighting);
        if (judgement.touched || retry) write(name, fresh);
        std::erase_if(victims, [this](const std::string& victim) { return !evict(victim); });
        transaction.commit();
        row = fresh;
        unwritten_.erase(name);
    } catch (const DatabaseError& e) {
        db_.write_failed("what was learnt about the key of " + name, e);
        unwritten_.insert(name);
    }
    for (const auto& victim : victims) {
        rows_.erase(victim);
        unwritten_.erase(victim);
    }
    rows_[name] = row;
    return judgement.finding;
}

bool TrustTable::evict(const std::string& name) {
    // Not a row that a command has made a pin meanwhile.
    auto erase = db_.prepare("DELETE FROM trust WHERE name = ? AND source = ?");
    return erase.bind(1, name).bind(2, static_cast<std::int64_t>(rows_.at(name).source)).run() == 1;
}

std::vector<std::string> TrustTable::too_many(const std::string& name, TrustSource source) const {
    if (source == TrustSource::pin) return {};  // each is a deed of the person
    const bool first_use = source == TrustSource::first_use;
    const std::size_t room = (first_use ? max_first_use_rows : max_vouched_rows) - 1;
    std::vector<std::tuple<bool, sys_seconds, const std::string*>> others;  // in the order in which they go
    for (const auto& [other, row] : rows_) {
        const bool alike =
            row.source != TrustSource::pin && (row.source == TrustSource::first_use) == first_use;
        if (alike && other != name) others.emplace_back(row.new_key.has_value(), row.last_seen, &other);
    }
    std::vector<std::string> victims;
    if (others.size() <= room) return victims;
    std::sort(others.begin(), others.end());
    for (std::size_t i = 0; i < others.size() - room; ++i)
        victims.push_back(*std::get<2>(others[i]));
    return victims;
}

template <typename F>
bool TrustTable::decide(const std::string& name, F&& change) {
    Transaction transaction(db_);
    TrustRow row = read(name);
    if (!change(row)) return false;
    write(name, row);
    transaction.commit();
    rows_[name] = row;
    return true;
}

bool TrustTable::pin(std::string_view name, const crypto::PublicKey& key, sys_seconds now) {
    refuse_if_pinned(std::string(name));
    return decide(std::string(name), [&](TrustRow& row) {
        const bool same = row.key == key;
        if (same && row.source == TrustSource::pin && !row.new_key) return false;
        if (!same) row.first_seen = now;
        row.key = key;
        row.source = TrustSource::pin;
        row.last_seen = now;
        row.max_age = seconds(0);
        row.new_key.reset();
        if (row.rejected_key == key) row.rejected_key.reset();
        return true;
    });
}

bool TrustTable::accept(std::string_view name, sys_seconds now,
                        const std::optional<crypto::PublicKey>& expected) {
    refuse_if_pinned(std::string(name));
    return decide(std::string(name), [&](TrustRow& row) {
        if (!row.new_key || (expected && row.new_key != expected)) return false;
        row.key = row.new_key;
        if (row.source != TrustSource::pin) row.source = row.new_source;
        row.first_seen = row.new_seen;
        row.last_seen = now;
        row.max_age = age_limit(row.source, default_dnssec_max_age);
        row.new_key.reset();
        return true;
    });
}

bool TrustTable::reject(std::string_view name, const std::optional<crypto::PublicKey>& expected) {
    return decide(std::string(name), [&](TrustRow& row) {
        if (!row.new_key || (expected && row.new_key != expected)) return false;
        row.rejected_key = row.new_key;
        row.new_key.reset();
        return true;
    });
}

bool TrustTable::forget(std::string_view name) {
    refuse_if_pinned(std::string(name));
    const bool known = db_.prepare("DELETE FROM trust WHERE name = ?").bind(1, name).run() == 1;
    rows_.erase(std::string(name));
    unwritten_.erase(std::string(name));
    return known;
}

void TrustTable::reload() {
    std::map<std::string, TrustRow, std::less<>> rows;
    auto select = db_.prepare(std::string("SELECT ") + columns + ", name FROM trust");
    while (select.step())
        rows.emplace(select.text(9), row_from(select));
    for (const auto& name : unwritten_) {
        if (!rows.contains(name)) rows.emplace(name, known(name));
    }
    rows_ = std::move(rows);
}

TrustRow TrustTable::read(const std::string& name) {
    auto select = db_.prepare(std::string("SELECT ") + columns + " FROM trust WHERE name = ?");
    select.bind(1, name);
    return select.step() ? row_from(select) : TrustRow{};
}

void TrustTable::write(const std::string& name, const TrustRow& row) {
    auto insert = db_.prepare(std::string("INSERT OR REPLACE INTO trust(") + columns +
                              ", name) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, blob_of(row.key)).bind(2, static_cast<std::int64_t>(row.source));
    insert.bind(3, unix_of(row.first_seen)).bind(4, unix_of(row.last_seen));
    insert.bind(5, std::int64_t{row.max_age.count()}).bind(6, blob_of(row.new_key));
    insert.bind(7, static_cast<std::int64_t>(row.new_source)).bind(8, unix_of(row.new_seen));
    insert.bind(9, blob_of(row.rejected_key)).bind(10, name).run();
}

}  // namespace node
