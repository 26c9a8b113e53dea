// tests/node/state/trust_table_test.cpp - who may bind a name, who may challenge it, and what the person
// decides.
#include "node/state/trust_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/scratch.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto pin = TrustSource::pin;
constexpr auto dnssec = TrustSource::dnssec;
constexpr auto authority = TrustSource::authority;
constexpr auto first_use = TrustSource::first_use;
constexpr sys_seconds t0{seconds(1'800'000'000)};
constexpr auto month = std::chrono::days(30);

crypto::PublicKey key(std::uint8_t n) {
    return crypto::PublicKey{n};
}
const crypto::PublicKey k1 = key(1), k2 = key(2), k3 = key(3);

class Trust : public testing::Test {
protected:
    Trust() : file(scratch.dir / "state.db"), db(file, Durability::process_crash) {}
    TrustTable open(TrustTable::PinMap pins = {}) { return {db, std::move(pins), t0, "/etc/hw.toml"}; }
    /// As the next run, or another process, reads it.
    std::optional<TrustEntry> in_file(const std::string& name, sys_seconds now = t0) {
        Database other(file, Durability::process_crash);
        return TrustTable(other, {}, now).find(name, now);
    }
    int commits() {
        auto version = db.prepare("PRAGMA data_version");  // moves with the commits of other connections
        version.step();
        return static_cast<int>(version.number(0));
    }
    std::int64_t rows(int source) {
        auto count = db.prepare("SELECT count(*) FROM trust WHERE source = ?");
        count.bind(1, std::int64_t{source}).step();
        return count.number(0);
    }
    Scratch scratch;
    std::filesystem::path file;
    Database db;
    TrustTable table{db, {}, t0};
};

TEST_F(Trust, sources_are_told_in_the_words_of_the_design) {
    EXPECT_EQ(shown_as(pin), "verified");
    EXPECT_EQ(shown_as(dnssec), "vouched");
    EXPECT_EQ(shown_as(authority), "vouched");
    EXPECT_EQ(shown_as(first_use), "first seen");
    EXPECT_EQ(name(first_use), "first-use");
}

TEST_F(Trust, the_first_key_is_bound_and_is_there_in_the_next_run) {
    EXPECT_FALSE(table.find("example.org", t0));
    EXPECT_EQ(table.see("example.org", k1, first_use, t0), Finding::bound);
    EXPECT_EQ(table.see("signed.example", k2, dnssec, t0, month), Finding::bound);
    EXPECT_EQ(table.see("alice@riverside", k3, authority, t0), Finding::bound);
    for (const auto& entry : {table.find("example.org", t0), in_file("example.org")}) {
        ASSERT_TRUE(entry);
        EXPECT_EQ(entry->key, k1);
        EXPECT_EQ(entry->source, first_use);
        EXPECT_EQ(entry->first_seen, t0);
        EXPECT_EQ(entry->last_seen, t0);
        EXPECT_EQ(entry->max_age, std::chrono::days(180));
        EXPECT_FALSE(entry->new_key);
        EXPECT_FALSE(entry->from_config);
    }
    EXPECT_EQ(in_file("signed.example")->max_age, seconds(month));
    EXPECT_EQ(in_file("alice@riverside")->max_age, 0s);
    EXPECT_EQ(in_file("alice@riverside")->source, authority);
}

TEST_F(Trust, the_same_key_moves_last_seen_with_one_write_an_hour_at_most) {
    table.see("example.org", k1, first_use, t0);
    Database other(file, Durability::process_crash);
    TrustTable nodes(other, {}, t0);
    const int before = commits();
    EXPECT_EQ(nodes.see("example.org", k1, first_use, t0 + 59min), Finding::confirmed);
    EXPECT_EQ(commits(), before);
    EXPECT_EQ(nodes.see("example.org", k1, first_use, t0 + 60min), Finding::confirmed);
    EXPECT_NE(commits(), before);
    EXPECT_EQ(in_file("example.org")->last_seen, t0 + 60min);
    EXPECT_EQ(in_file("example.org")->first_seen, t0);
    EXPECT_EQ(nodes.see("example.org", k1, first_use, t0 - 24h), Finding::confirmed);  // a clock set back
    EXPECT_EQ(in_file("example.org")->last_seen, t0 + 60min);
}

TEST_F(Trust, a_stronger_source_upgrades_and_a_weaker_one_never_downgrades) {
    table.see("example.org", k1, first_use, t0);
    EXPECT_EQ(table.see("example.org", k1, dnssec, t0 + 1min, month), Finding::confirmed);
    EXPECT_EQ(in_file("example.org")->source, dnssec);
    EXPECT_EQ(in_file("example.org")->max_age, seconds(month));
    EXPECT_EQ(in_file("example.org")->first_seen, t0);
    EXPECT_EQ(table.see("example.org", k1, first_use, t0 + 2h), Finding::confirmed);
    EXPECT_EQ(in_file("example.org")->source, dnssec);
    EXPECT_EQ(table.see("example.org", k1, pin, t0 + 3h), Finding::confirmed);
    EXPECT_EQ(table.see("example.org", k1, dnssec, t0 + 5h, month), Finding::confirmed);
    EXPECT_EQ(in_file("example.org")->source, pin);
    EXPECT_EQ(in_file("example.org")->max_age, 0s);
}

TEST_F(Trust, max_age_is_that_of_the_latest_dnssec_finding_within_an_hour_and_a_year) {
    const auto age_after = [&](seconds given) {
        table.see("example.org", k1, dnssec, t0, given);
        return in_file("example.org")->max_age;
    };
    EXPECT_EQ(age_after(month), seconds(month));
    EXPECT_EQ(age_after(2h), 2h);
    EXPECT_EQ(age_after(0s), 1h);
    EXPECT_EQ(age_after(seconds::min()), 1h);
    EXPECT_EQ(age_after(seconds::max()), std::chrono::days(365));
}

TEST_F(Trust, a_binding_ages_from_when_it_was_last_seen_and_then_binds_anew) {
    table.see("example.org", k1, first_use, t0);
    table.see("example.org", k1, first_use, t0 + std::chrono::days(100));
    const auto last = t0 + std::chrono::days(280);
    EXPECT_TRUE(table.find("example.org", last));
    EXPECT_FALSE(table.find("example.org", last + 1s));
    ASSERT_EQ(table.all().size(), 1U);  // for the person to see
    EXPECT_TRUE(table.all().at(0).is_old(last + 1s));
    EXPECT_EQ(table.see("example.org", k2, first_use, last + 1s), Finding::bound);
    EXPECT_EQ(in_file("example.org", last)->key, k2);
    EXPECT_EQ(in_file("example.org", last)->first_seen, last + 1s);
}

TEST_F(Trust, a_binding_that_aged_out_and_is_found_again_has_been_known_since_the_first_time) {
    table.see("example.org", k1, dnssec, t0, 24h);
    EXPECT_EQ(table.see("example.org", k1, first_use, t0 + 25h), Finding::bound);
    EXPECT_EQ(table.find("example.org", t0 + 25h)->first_seen, t0);
    EXPECT_EQ(table.find("example.org", t0 + 25h)->source, first_use);
}

TEST_F(Trust, a_binding_with_a_short_age_does_not_age_out_while_it_is_in_use) {
    for (sys_seconds now = t0; now < t0 + 6h; now += 10min) {
        EXPECT_EQ(table.see("example.org", k1, dnssec, now, 1h),
                  now == t0 ? Finding::bound : Finding::confirmed);
        EXPECT_TRUE(in_file("example.org", now + 45min));
    }
}

TEST_F(Trust, first_sight_does_not_prolong_what_dnssec_vouched_for) {
    table.see("example.org", k1, dnssec, t0, 24h);
    for (auto now = t0; now <= t0 + 24h; now += 2h)
        EXPECT_EQ(table.see("example.org", k1, first_use, now), Finding::confirmed);
    EXPECT_EQ(table.find("example.org", t0 + 24h)->last_seen, t0);
    EXPECT_FALSE(table.find("example.org", t0 + 24h + 1s));
}

TEST_F(Trust, pins_and_authorities_do_not_age) {
    table.pin("example.org", k1, t0);
    table.see("alice@riverside", k2, authority, t0);
    const auto later = t0 + std::chrono::years(50);
    EXPECT_TRUE(table.find("example.org", later));
    EXPECT_TRUE(table.find("alice@riverside", later));
}

TEST_F(Trust, another_key_waits_and_never_takes_the_place_by_itself) {
    table.see("example.org", k1, first_use, t0);
    for (const auto& [source, n] : {std::pair{first_use, 2}, {authority, 3}, {dnssec, 4}, {pin, 5}}) {
        EXPECT_EQ(table.see("example.org", key(static_cast<std::uint8_t>(n)), source, t0 + 1min),
                  Finding::changed);
        for (const auto& entry : {table.find("example.org", t0 + 1min), in_file("example.org")}) {
            ASSERT_TRUE(entry);
            EXPECT_EQ(entry->key, k1);
            EXPECT_EQ(entry->source, first_use);
            ASSERT_TRUE(entry->new_key);
            EXPECT_EQ(*entry->new_key, key(static_cast<std::uint8_t>(n)));
            EXPECT_EQ(entry->new_source, source);
            EXPECT_EQ(entry->new_seen, t0 + 1min);
        }
    }
    EXPECT_EQ(table.see("example.org", k1, first_use, t0 + 2min), Finding::confirmed);
    EXPECT_TRUE(table.find("example.org", t0)->new_key);  // still a question to the person
}

TEST_F(Trust, unproven_dns_cannot_block_a_name_that_is_pinned_or_vouched_for) {
    table.pin("pinned.example", k1, t0);
    table.see("signed.example", k1, dnssec, t0, month);
    table.see("alice@riverside", k1, authority, t0);
    TrustTable with_config = open({{"config.example", k1}});
    for (const char* name : {"pinned.example", "signed.example", "alice@riverside", "config.example"}) {
        EXPECT_EQ(with_config.see(name, k2, first_use, t0), Finding::ignored) << name;
        EXPECT_FALSE(with_config.find(name, t0)->new_key) << name;
        EXPECT_EQ(with_config.see(name, k2, dnssec, t0, month), Finding::changed) << name;
        EXPECT_TRUE(with_config.find(name, t0)->new_key) << name;
    }
}

TEST_F(Trust, a_challenge_by_first_sight_falls_when_the_bound_key_is_vouched_for) {
    table.see("example.org", k1, first_use, t0);
    EXPECT_EQ(table.see("example.org", k2, first_use, t0), Finding::changed);
    EXPECT_EQ(table.see("example.org", k1, dnssec, t0, month), Finding::confirmed);
    EXPECT_FALSE(in_file("example.org")->new_key);
    EXPECT_EQ(table.see("example.org", k2, dnssec, t0, month), Finding::changed);
    EXPECT_EQ(table.see("example.org", k1, dnssec, t0, month), Finding::confirmed);
    EXPECT_TRUE(in_file("example.org")->new_key);  // equals contradict each other: the person decides
}

TEST_F(Trust, of_the_keys_that_wait_the_strongest_stays_and_of_equals_the_latest) {
    table.see("example.org", k1, first_use, t0);
    table.see("example.org", k2, first_use, t0);
    table.see("example.org", k3, first_use, t0);
    EXPECT_EQ(table.find("example.org", t0)->new_key, k3);
    table.see("example.org", k2, dnssec, t0, month);
    EXPECT_EQ(table.see("example.org", k3, first_use, t0), Finding::changed);
    EXPECT_EQ(table.find("example.org", t0)->new_key, k2);
    table.see("example.org", k2, first_use, t0 + 2h);
    EXPECT_EQ(table.find("example.org", t0)->new_source, dnssec);
    EXPECT_EQ(table.find("example.org", t0)->new_seen, t0 + 2h);
}

TEST_F(Trust, a_binding_that_is_challenged_does_not_age_out_under_the_question) {
    table.see("example.org", k1, dnssec, t0, 24h);
    table.see("example.org", k2, dnssec, t0, 24h);
    const auto later = t0 + std::chrono::years(2);
    EXPECT_EQ(table.see("example.org", k2, dnssec, later, 24h), Finding::changed);
    EXPECT_EQ(table.find("example.org", later)->key, k1);
}

TEST_F(Trust, accept_takes_the_key_with_its_source_and_starts_its_age) {
    table.see("example.org", k1, first_use, t0);
    EXPECT_FALSE(table.accept("example.org", t0));
    EXPECT_FALSE(table.accept("nowhere.example", t0));
    table.see("example.org", k2, dnssec, t0 + 1h, month);
    const auto later = t0 + std::chrono::days(400);
    EXPECT_FALSE(table.accept("example.org", later, k3));  // not the one that the person has looked at
    EXPECT_TRUE(table.accept("example.org", later, k2));
    const auto entry = in_file("example.org", later);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->key, k2);
    EXPECT_EQ(entry->source, dnssec);
    EXPECT_EQ(entry->first_seen, t0 + 1h);
    EXPECT_EQ(entry->last_seen, later);
    EXPECT_EQ(entry->max_age, default_dnssec_max_age);
    EXPECT_FALSE(entry->new_key);
    EXPECT_EQ(table.see("example.org", k1, first_use, later),
              Finding::ignored);  // the old one is nothing now
}

TEST_F(Trust, accept_for_a_pin_makes_a_pin) {
    table.pin("example.org", k1, t0);
    table.see("example.org", k2, dnssec, t0, month);
    EXPECT_TRUE(table.accept("example.org", t0));
    EXPECT_EQ(in_file("example.org")->key, k2);
    EXPECT_EQ(in_file("example.org")->source, pin);
    EXPECT_EQ(in_file("example.org")->max_age, 0s);
}

TEST_F(Trust, a_rejected_key_is_ignored_as_long_as_it_is_the_same_one) {
    table.see("example.org", k1, first_use, t0);
    EXPECT_FALSE(table.reject("example.org"));
    table.see("example.org", k2, first_use, t0);
    EXPECT_FALSE(table.reject("example.org", k3));
    EXPECT_TRUE(table.reject("example.org", k2));
    EXPECT_FALSE(in_file("example.org")->new_key);
    EXPECT_EQ(table.see("example.org", k2, first_use, t0), Finding::ignored);
    Database other(file, Durability::process_crash);
    TrustTable next_run(other, {}, t0);
    EXPECT_EQ(next_run.see("example.org", k2, dnssec, t0, month), Finding::ignored);
    EXPECT_EQ(next_run.see("example.org", k3, first_use, t0), Finding::changed);
    const auto old = t0 + std::chrono::days(181);
    ASSERT_TRUE(next_run.reject("example.org"));
    EXPECT_EQ(next_run.see("example.org", k3, first_use, old), Finding::ignored);  // nor is it bound by age
    EXPECT_EQ(next_run.see("example.org", k1, first_use, old), Finding::bound);
}

TEST_F(Trust, pinning_replaces_what_is_bound_what_waits_and_what_was_rejected) {
    table.see("example.org", k1, first_use, t0);
    table.see("example.org", k2, first_use, t0);
    table.reject("example.org");
    table.see("example.org", k3, first_use, t0);
    EXPECT_TRUE(table.pin("example.org", k2, t0 + 1h));
    EXPECT_FALSE(table.pin("example.org", k2, t0 + 2h));
    EXPECT_EQ(in_file("example.org")->key, k2);
    EXPECT_EQ(in_file("example.org")->source, pin);
    EXPECT_EQ(in_file("example.org")->first_seen, t0 + 1h);
    EXPECT_FALSE(in_file("example.org")->new_key);
    EXPECT_TRUE(table.pin("example.org", k1, t0 + 3h));
    EXPECT_EQ(table.see("example.org", k2, dnssec, t0, month), Finding::changed);  // it is rejected no more
}

TEST_F(Trust, pinning_the_key_that_was_seen_keeps_when_it_was_first_seen) {
    table.see("example.org", k1, first_use, t0);
    EXPECT_TRUE(table.pin("example.org", k1, t0 + 1h));
    EXPECT_EQ(in_file("example.org")->first_seen, t0);
}

TEST_F(Trust, what_is_forgotten_is_bound_anew_also_to_a_key_that_was_rejected) {
    table.see("example.org", k1, first_use, t0);
    table.see("example.org", k2, first_use, t0);
    table.reject("example.org");
    EXPECT_TRUE(table.forget("example.org"));
    EXPECT_FALSE(table.forget("example.org"));
    EXPECT_FALSE(table.find("example.org", t0));
    EXPECT_EQ(table.see("example.org", k2, first_use, t0), Finding::bound);
}

TEST_F(Trust, a_pin_of_the_configuration_stands_above_the_table_and_only_the_file_changes_it) {
    table.see("example.org", k1, first_use, t0);
    TrustTable configured = open({{"example.org", k2}});
    const auto entry = configured.find("example.org", t0);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->key, k2);
    EXPECT_EQ(entry->source, pin);
    EXPECT_TRUE(entry->from_config);
    EXPECT_EQ(configured.all(), std::vector{*entry});
    EXPECT_EQ(configured.see("example.org", k2, first_use, t0), Finding::confirmed);
    EXPECT_EQ(configured.see("example.org", k3, dnssec, t0, month), Finding::changed);
    const auto complaint = [&](auto&& deed) -> std::string {
        try {
            deed();
        } catch (const PinnedByConfig& e) {
            return e.what();
        }
        return "(none)";
    };
    for (const auto& text : {complaint([&] { configured.pin("example.org", k1, t0); }),
                             complaint([&] { configured.accept("example.org", t0); }),
                             complaint([&] { configured.forget("example.org"); })}) {
        EXPECT_THAT(text, testing::AllOf(HasSubstr("/etc/hw.toml"), HasSubstr("[pins]"),
                                         HasSubstr("\"example.org\"")));
    }
    EXPECT_TRUE(configured.reject("example.org"));
    EXPECT_FALSE(configured.find("example.org", t0)->new_key);
    EXPECT_EQ(open().find("example.org", t0)->key, k1);  // as it was, once the pin is taken out of the file
}

TEST_F(Trust, a_challenge_of_a_configured_pin_is_there_in_the_next_run_and_nothing_when_the_pin_is_gone) {
    ASSERT_EQ(open({{"example.org", k1}}).see("example.org", k2, dnssec, t0, month), Finding::changed);
    EXPECT_EQ(open({{"example.org", k1}}).find("example.org", t0)->new_key, k2);
    EXPECT_FALSE(open({{"example.org", k2}}).find("example.org", t0)->new_key);  // the person took it over
    TrustTable unpinned = open();
    EXPECT_FALSE(unpinned.find("example.org", t0));
    EXPECT_TRUE(unpinned.all().empty());
    EXPECT_EQ(unpinned.see("example.org", k3, first_use, t0), Finding::bound);
    EXPECT_FALSE(unpinned.find("example.org", t0)->new_key);
}

TEST_F(Trust, what_a_command_decided_is_not_undone_by_a_node_that_has_not_reloaded) {
    table.see("example.org", k1, first_use, t0);
    table.see("example.org", k2, first_use, t0);
    Database other(file, Durability::process_crash);
    TrustTable command(other, {}, t0);
    ASSERT_TRUE(command.accept("example.org", t0));
    EXPECT_EQ(table.see("example.org", k2, first_use, t0 + 2h), Finding::confirmed);
    EXPECT_EQ(in_file("example.org")->key, k2);
    EXPECT_FALSE(in_file("example.org")->new_key);
    ASSERT_TRUE(command.pin("example.org", k3, t0));
    EXPECT_EQ(table.find("example.org", t0)->key, k2);
    table.reload();
    EXPECT_EQ(table.find("example.org", t0)->key, k3);
}

TEST_F(Trust, when_the_database_fails_the_finding_holds_for_this_run_and_is_written_later) {
    Database other(file, Durability::process_crash);
    TrustTable nodes(other, {}, t0);
    db.execute("ALTER TABLE trust RENAME TO gone");
    EXPECT_EQ(nodes.see("example.org", k1, first_use, t0), Finding::bound);
    EXPECT_EQ(nodes.see("example.org", k2, first_use, t0), Finding::changed);
    EXPECT_EQ(nodes.find("example.org", t0)->key, k1);
    EXPECT_THROW(nodes.pin("example.org", k3, t0), DatabaseError);
    EXPECT_THROW(nodes.reload(), DatabaseError);
    EXPECT_EQ(nodes.find("example.org", t0)->key, k1);
    db.execute("ALTER TABLE gone RENAME TO trust");
    nodes.reload();
    EXPECT_EQ(nodes.find("example.org", t0)->key, k1);
    EXPECT_EQ(nodes.see("example.org", k1, first_use, t0 + 1s), Finding::confirmed);
    EXPECT_EQ(in_file("example.org")->key, k1);
    EXPECT_EQ(in_file("example.org")->new_key, k2);
}

TEST_F(Trust, a_damaged_row_is_reported_and_not_taken_for_a_name_without_a_key) {
    table.see("example.org", k1, first_use, t0);
    db.execute("UPDATE trust SET key = x'0102'");
    EXPECT_THROW(table.reload(), DatabaseError);
    EXPECT_EQ(table.find("example.org", t0)->key, k1);
}

TEST_F(Trust, of_too_many_first_sights_the_oldest_goes_and_nothing_stronger) {
    db.execute("PRAGMA synchronous = OFF");
    table.pin("pinned.example", k1, t0);
    table.see("signed.example", k1, dnssec, t0, month);
    table.see("challenged.example", k1, first_use, t0);
    table.see("challenged.example", k2, first_use, t0);
    db.execute("BEGIN");
    auto insert = db.prepare("INSERT INTO trust VALUES(?, ?, 4, ?, ?, 1000000000, x'', 4, 0, x'')");
    for (int i = 1; i < static_cast<int>(max_first_use_rows); ++i) {
        const std::int64_t seen = (t0 + seconds(i)).time_since_epoch().count();
        insert.bind(1, "n" + std::to_string(i)).bind(2, crypto::ByteView(k1)).bind(3, seen).bind(4, seen);
        insert.run();
    }
    db.execute("COMMIT");
    table.reload();
    ASSERT_EQ(rows(4), static_cast<std::int64_t>(max_first_use_rows));
    EXPECT_EQ(table.see("new.example", k3, first_use, t0 + 1h), Finding::bound);
    EXPECT_EQ(rows(4), static_cast<std::int64_t>(max_first_use_rows));
    EXPECT_FALSE(table.find("n1", t0));
    EXPECT_FALSE(in_file("n1"));
    for (const char* name : {"n2", "new.example", "pinned.example", "signed.example", "challenged.example"})
        EXPECT_TRUE(in_file(name)) << name;
    EXPECT_EQ(table.see("new.example", k1, first_use, t0 + 1h), Finding::changed);  // an update evicts nobody
    EXPECT_TRUE(table.find("n2", t0));
}

TEST_F(Trust, what_is_vouched_for_is_bounded_too_and_does_not_push_out_first_sights) {
    db.execute("PRAGMA synchronous = OFF");
    table.see("first.example", k1, first_use, t0 - 1h);
    db.execute("BEGIN");
    auto insert = db.prepare("INSERT INTO trust VALUES(?, ?, ?, 0, ?, 0, x'', 4, 0, x'')");
    for (int i = 0; i < static_cast<int>(max_vouched_rows); ++i) {
        insert.bind(1, "n" + std::to_string(i))
            .bind(2, crypto::ByteView(k1))
            .bind(3, std::int64_t{2 + i % 2});
        insert.bind(4, std::int64_t{i}).run();
    }
    db.execute("COMMIT");
    table.reload();
    EXPECT_EQ(table.see("first.example", k1, dnssec, t0, month), Finding::confirmed);
    EXPECT_EQ(rows(2) + rows(3), static_cast<std::int64_t>(max_vouched_rows));
    EXPECT_FALSE(in_file("n0"));
    EXPECT_TRUE(in_file("n1"));
    EXPECT_EQ(in_file("first.example")->source, dnssec);
}

TEST_F(Trust, all_are_listed_by_name) {
    table.see("b.example", k1, first_use, t0);
    table.pin("a.example", k2, t0);
    std::vector<std::string> names;
    for (const auto& entry : open({{"aa.example", k3}}).all())
        names.push_back(entry.name);
    EXPECT_THAT(names, ElementsAre("a.example", "aa.example", "b.example"));
}

}  // namespace
}  // namespace node
