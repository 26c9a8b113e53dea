// tests/node/state/state_tables_test.cpp - the tables of the SIP loop over one file: what opens them, what
// each connection promises, what is read again.
#include "node/state/state_tables.hpp"

#include <gmock/gmock.h>

#include "crypto/name.hpp"
#include "node/state/overlay_memory.hpp"
#include "tests/node/identities.hpp"
#include "tests/node/process.hpp"
#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::chrono::sys_seconds wall{std::chrono::seconds(1'800'000'000)};
const crypto::PublicKey own = identity(1).public_key(), other = identity(2).public_key();

class Tables : public StateTest {
protected:
    Tables() { config.sip.realm = "home"; }
    StateTables tables(const crypto::PublicKey& key = own) { return {config, paths, key, wall}; }
    /// What SQLite says of this connection.
    static std::int64_t asked(Database& db, const std::string& what) {
        auto statement = db.prepare(what);
        EXPECT_TRUE(statement.step()) << what;
        return statement.number(0);
    }
    Config config;
};

TEST_F(Tables, open_over_a_file_that_is_not_there_yet_and_know_nothing) {
    const auto opened = tables();
    EXPECT_TRUE(std::filesystem::exists(paths.database));
    EXPECT_EQ(opened.users.size(), 0U);
    EXPECT_EQ(opened.contacts.size(), 0U);
    EXPECT_THAT(opened.trust.all(), IsEmpty());
    EXPECT_FALSE(opened.tombstones.own_revoked());
}

TEST_F(Tables, a_database_that_does_not_answer_says_of_no_key_that_it_is_good) {
    auto opened = tables();
    EXPECT_EQ(opened.is_revoked(other), false);
    Database elsewhere(paths.database, Durability::process_crash);
    elsewhere.execute("ALTER TABLE revoked RENAME TO away");
    EXPECT_EQ(opened.is_revoked(other), std::nullopt);
    elsewhere.execute("ALTER TABLE away RENAME TO revoked");
    OverlayMemory(elsewhere).save_revoked({other, 1});
    EXPECT_EQ(opened.is_revoked(other), true);
}

TEST_F(Tables, a_file_that_is_no_database_is_named) {
    write_text(paths.database, std::string(4096, 'x'));
    try {
        const auto opened = tables();
        ADD_FAILURE() << "opened";
    } catch (const DatabaseError& e) {
        EXPECT_THAT(e.what(), HasSubstr(paths.database.string()));
    }
}

TEST_F(Tables, what_must_outlive_the_power_is_written_by_the_connection_that_waits_for_the_disk) {
    auto opened = tables();
    EXPECT_EQ(asked(opened.database, "PRAGMA synchronous"), 1) << "NORMAL";
    EXPECT_EQ(asked(opened.lasting, "PRAGMA synchronous"), 2) << "FULL";
    const auto quick = [&] { return asked(opened.database, "SELECT total_changes()"); };
    const auto lasting = [&] { return asked(opened.lasting, "SELECT total_changes()"); };
    auto quick_before = quick(), lasting_before = lasting();
    opened.trust.pin("example.org", other, wall);
    opened.facts.set("clock", 1);
    EXPECT_EQ(quick(), quick_before);
    EXPECT_EQ(lasting(), lasting_before + 2);
    lasting_before = lasting();
    sip::Binding phone;
    phone.contact = "sip:alice@192.0.2.1";
    phone.flow.local.address = phone.flow.remote.address = asio::ip::make_address("192.0.2.1");
    ASSERT_TRUE(opened.bindings.replace("alice", {phone}));
    opened.bindings.write_new();
    EXPECT_GT(quick(), quick_before);
    EXPECT_EQ(lasting(), lasting_before) << "no fsync for each REGISTER";
}

TEST_F(Tables, reload_sees_what_commands_in_other_processes_write) {
    auto opened = tables();
    const auto command = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {HEDGEWITCH, "--state", paths.dir.string()});
        const auto done = Process(std::move(words), scratch.dir).wait();
        EXPECT_EQ(done.code, 0) << done.err;
    };
    command({"user", "add", "carol"});
    command({"contact", "add", "mum", "sip:mum@example.org"});
    command({"trust", "pin", "example.org", crypto::encode_name(other)});
    EXPECT_THAT(opened.users.all(), testing::SizeIs(1)) << "in the file";
    EXPECT_EQ(opened.contacts.find_name("mum"), nullptr);
    EXPECT_FALSE(opened.trust.find("example.org", wall));
    opened.reload();
    EXPECT_THAT(opened.users.of_other_realms(), ElementsAre("carol")) << "of the realm that is built in";
    EXPECT_NE(opened.contacts.find_name("mum"), nullptr);
    EXPECT_EQ(opened.trust.find("example.org", wall).value_or(TrustEntry{}).key, other);
}

TEST_F(Tables, reload_sees_invites_delegations_and_revocations) {
    auto opened = tables();
    Database commands = open();
    ASSERT_TRUE(InviteTable(commands).add({"alice", {1, 2, 3}, "for mum", wall}));
    DelegationTable(commands).delegate("bob", {other, wall});
    TombstoneTable(commands).revoke_own({{220, {1, 2, 3}}}, other, wall);
    EXPECT_THAT(opened.invites.of("alice"), IsEmpty());
    EXPECT_THAT(opened.delegations.rows(), IsEmpty());
    EXPECT_FALSE(opened.tombstones.own_revoked());
    opened.reload();
    EXPECT_EQ(opened.invites.of("alice").size(), 1U);
    EXPECT_EQ(opened.delegations.targets().at("bob"), other);
    EXPECT_TRUE(opened.tombstones.own_revoked());
    EXPECT_EQ(opened.tombstones.moved_to(), other);
}

TEST_F(Tables, what_cannot_be_read_again_stays_as_it_was) {
    auto opened = tables();
    opened.users.add({"alice", "home", {"x", "y"}, {}});
    opened.contacts.add({"mum", {}, "sip:mum@example.org", {}, {}});
    open().execute("DROP TABLE contact");
    EXPECT_THROW(opened.reload(), DatabaseError);
    EXPECT_NE(opened.users.find("alice"), nullptr);
    EXPECT_NE(opened.contacts.find_name("mum"), nullptr);
}

TEST_F(Tables, of_another_realm_the_users_are_named_and_cannot_log_in) {
    tables().users.add({"alice", "home", {"x", "y"}, {}});
    config.sip.realm = "elsewhere";
    auto opened = tables();
    EXPECT_EQ(opened.users.find("alice"), nullptr);
    EXPECT_THAT(opened.users.of_other_realms(), ElementsAre("alice"));
}

TEST_F(Tables, pins_of_the_configuration_are_bindings_and_its_file_is_named) {
    config.pins = {{"example.org", other}};
    config.file = "/etc/hedgewitch.toml";
    auto opened = tables();
    EXPECT_TRUE(opened.trust.find("example.org", wall).value_or(TrustEntry{}).from_config);
    try {
        opened.trust.pin("example.org", own, wall);
        ADD_FAILURE() << "pinned";
    } catch (const PinnedByConfig& e) {
        EXPECT_THAT(e.what(), HasSubstr("/etc/hedgewitch.toml"));
    }
}

TEST_F(Tables, a_mark_of_the_key_before_does_not_give_up_the_new_one) {
    tables().tombstones.revoke_own({}, other, wall);
    EXPECT_FALSE(tables(other).tombstones.own_revoked());
    EXPECT_FALSE(tables(other).tombstones.moved_to());
}

TEST_F(Tables, a_key_that_the_overlay_has_seen_given_up_is_known_at_once) {
    auto opened = tables();
    EXPECT_EQ(opened.is_revoked(other), false);
    Database overlays = open();
    OverlayMemory(overlays).save_revoked({other, 1'800'000'000});
    EXPECT_EQ(opened.is_revoked(other), true);
    EXPECT_EQ(opened.is_revoked(own), false);
    overlays.execute("DROP TABLE revoked");
    EXPECT_EQ(opened.is_revoked(other), std::nullopt) << "an error is no no";
}

}  // namespace
}  // namespace node
