// tests/node/cli/revoke_test.cpp - what ends a key is made at init, kept elsewhere, and used, through the
// binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/identity/revocation_file.hpp"
#include "node/state/tombstone_table.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string line(const Finished& f) {
    return f.out.substr(0, f.out.find('\n'));
}
std::string key_of(TestNode& node) {
    return line(node.command({"address"})).substr(0, 56);
}
std::uint32_t this_epoch() {
    return overlay::epoch_of(static_cast<overlay::UnixSeconds>(wall_now().time_since_epoch().count()));
}

struct Said {
    std::vector<std::vector<std::uint8_t>> blocks;
    bool own_revoked = false;
    std::optional<crypto::PublicKey> moved_to;
};
Said said_by(const TestNode& node) {
    Database db(node.state() / "state.db", Durability::process_crash);
    const TombstoneTable table(db);
    return {table.blocks(), table.own_revoked(), table.moved_to()};
}

class CliRevoke : public testing::Test {
protected:
    std::filesystem::path own_file() { return node.state() / "revocation.hwt"; }
    std::filesystem::path copy() { return node.config().parent_path() / "copy.hwt"; }
    TestNode node{""};
};

TEST_F(CliRevoke, init_signs_twenty_years_of_tombstones_and_says_where_they_belong) {
    const auto made = node.command({"init"});
    ASSERT_EQ(made.code, 0) << made.err;
    EXPECT_THAT(made.out, AllOf(HasSubstr(own_file().string()), HasSubstr("not on this machine"),
                                HasSubstr("`hedgewitch backup --revocation FILE`")));
    const auto file = read_revocation(own_file());  // opens each
    EXPECT_EQ(crypto::encode_name(file.owner), key_of(node));
    ASSERT_EQ(file.tombstones.size(), 81U);
    EXPECT_EQ(file.tombstones.front().epoch, this_epoch());
    EXPECT_EQ(file.tombstones.back().epoch, this_epoch() + 80);
    struct stat info {};
    ASSERT_EQ(stat(own_file().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
    EXPECT_FALSE(said_by(node).own_revoked);
}

TEST_F(CliRevoke, the_copy_revokes_the_key_on_a_machine_that_has_nothing_else) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    const auto copied = node.command({"backup", "--revocation", copy().string()});
    ASSERT_EQ(copied.code, 0) << copied.err;
    EXPECT_THAT(copied.out, HasSubstr(key_of(node)));
    EXPECT_EQ(read_text(copy()), read_text(own_file()));
    EXPECT_EQ(node.command({"backup", "--revocation", copy().string(), "--qr"}).code, 2);

    TestNode other("");
    EXPECT_THAT(other.command({"revoke", "--yes"}).err, HasSubstr("--from FILE"));
    EXPECT_FALSE(std::filesystem::exists(other.state() / "state.db"));
    const auto revoked = other.command({"revoke", "--from", copy().string(), "--yes"});
    ASSERT_EQ(revoked.code, 0) << revoked.err;
    EXPECT_THAT(revoked.out, AllOf(HasSubstr(key_of(node)), HasSubstr("hedgewitch init")));
    EXPECT_EQ(said_by(other).blocks.size(), 81U);
    EXPECT_FALSE(said_by(other).own_revoked);

    ASSERT_EQ(other.command({"init"}).code, 0);  // a key of its own is another, and good
    EXPECT_EQ(said_by(other).blocks.size(), 81U);
    EXPECT_FALSE(said_by(other).own_revoked);
}

TEST_F(CliRevoke, it_is_asked_about_and_a_file_that_is_none_or_changed_is_refused) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    EXPECT_THAT(node.command({"revoke"}, "y\n").err, HasSubstr("--yes"));  // no terminal
    write_text(copy(), "nonsense");
    EXPECT_THAT(node.command({"revoke", "--from", copy().string(), "--yes"}).err,
                HasSubstr("is no revocation of a key"));
    std::string changed = read_text(own_file());
    changed[changed.size() / 2] ^= 1;
    write_text(copy(), changed);
    EXPECT_EQ(node.command({"revoke", "--from", copy().string(), "--yes"}).code, 1);
    EXPECT_THAT(node.command({"revoke", "--from", "/nonexistent", "--yes"}).err,
                HasSubstr("/nonexistent: cannot be read"));
    EXPECT_THAT(said_by(node).blocks, IsEmpty());
}

TEST_F(CliRevoke, an_expired_file_is_refused_and_of_one_that_runs_only_what_is_left_is_kept) {
    const auto identity = crypto::Identity::generate();
    const auto made_for = [&](std::uint32_t first, std::uint32_t count) {
        write_revocation(
            copy(), {identity.public_key(), *overlay::make_tombstones(identity, first, count, [](auto out) {
                         crypto::random_bytes(out);
                     })});
    };
    made_for(this_epoch() - 3, 3);
    EXPECT_THAT(node.command({"revoke", "--from", copy().string(), "--yes"}).err, HasSubstr("ran out on 20"));
    made_for(this_epoch() - 3, 5);
    EXPECT_EQ(node.command({"revoke", "--from", copy().string(), "--yes"}).code, 0);
    EXPECT_EQ(said_by(node).blocks.size(), 2U);
}

TEST_F(CliRevoke, after_the_own_key_is_revoked_a_new_one_takes_its_place_and_the_word_stays) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    ASSERT_EQ(node.command({"user", "add", "alice"}).code, 0);
    const std::string former = key_of(node);
    EXPECT_THAT(node.command({"init", "--replace"}).err, HasSubstr("is not revoked"));
    EXPECT_EQ(key_of(node), former);

    const auto revoked = node.command({"revoke", "--yes"});
    ASSERT_EQ(revoked.code, 0) << revoked.err;
    EXPECT_THAT(revoked.out,
                AllOf(HasSubstr(former), HasSubstr("init --replace"), HasSubstr("send friends")));
    EXPECT_TRUE(said_by(node).own_revoked);

    ASSERT_EQ(node.command({"init", "--replace"}).code, 0);
    EXPECT_NE(key_of(node), former);
    EXPECT_FALSE(said_by(node).own_revoked);
    EXPECT_EQ(said_by(node).blocks.size(), 81U);
    EXPECT_THAT(node.command({"user", "list"}).out, HasSubstr("alice"));
    EXPECT_EQ(crypto::encode_name(read_revocation(own_file()).owner), key_of(node));
    const auto kept = node.state() / ("revocation-" + former.substr(0, 8) + ".hwt");
    EXPECT_EQ(crypto::encode_name(read_revocation(kept).owner), former);
    EXPECT_TRUE(std::filesystem::exists(node.state() / ("former-" + former.substr(0, 8) + ".key")));
    EXPECT_TRUE(std::filesystem::exists(node.state() / ("former-" + former.substr(0, 8) + ".pass")));
}

TEST_F(CliRevoke, a_move_is_signed_by_the_key_itself_and_so_needs_it) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    ASSERT_EQ(node.command({"backup", "--revocation", copy().string()}).code, 0);
    TestNode other("");
    ASSERT_EQ(other.command({"init"}).code, 0);
    const std::string new_key = key_of(other);
    EXPECT_THAT(other.command({"revoke", "--from", copy().string(), "--moved-to", new_key, "--yes"}).err,
                HasSubstr("needs the key itself"));
    EXPECT_THAT(node.command({"revoke", "--moved-to", key_of(node), "--yes"}).err,
                HasSubstr("is to be revoked"));
    EXPECT_THAT(node.command({"revoke", "--moved-to", "example.org", "--yes"}).err, HasSubstr("is no key"));
    EXPECT_THAT(said_by(node).blocks, IsEmpty());
    EXPECT_THAT(said_by(other).blocks, IsEmpty());
    const auto moved = node.command({"revoke", "--moved-to", new_key + ".hedge.alt", "--yes"});
    ASSERT_EQ(moved.code, 0) << moved.err;
    EXPECT_THAT(moved.out, AllOf(HasSubstr(new_key), HasSubstr("Keep this node running")));
    EXPECT_TRUE(said_by(node).own_revoked);
    ASSERT_TRUE(said_by(node).moved_to.has_value());
    EXPECT_EQ(crypto::encode_name(*said_by(node).moved_to), new_key);
}

TEST_F(CliRevoke, a_restored_key_has_a_new_file_and_stays_revoked_where_that_is_known) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    const std::string seed = line(node.command({"backup", "--yes"}));
    ASSERT_EQ(node.command({"backup", "--revocation", copy().string()}).code, 0);
    TestNode other("");
    const auto restored = other.command({"restore"}, seed + "\n");
    ASSERT_EQ(restored.code, 0) << restored.err;
    EXPECT_THAT(restored.out, AllOf(HasSubstr("revocation.hwt"), Not(HasSubstr("is revoked"))));
    EXPECT_EQ(read_revocation(other.state() / "revocation.hwt").owner, read_revocation(copy()).owner);
    std::filesystem::remove(other.state() / "revocation.hwt");  // as a node that is older than such files
    EXPECT_EQ(other.command({"backup", "--revocation", (other.state() / "x.hwt").string()}).code, 0);
    EXPECT_EQ(read_revocation(other.state() / "x.hwt").tombstones.size(), 81U);

    TestNode third("");
    ASSERT_EQ(third.command({"revoke", "--from", copy().string(), "--yes"}).code, 0);
    EXPECT_THAT(third.command({"restore"}, seed + "\n").out, HasSubstr("This key is revoked"));
    EXPECT_TRUE(said_by(third).own_revoked);
    TestNode fourth("");
    ASSERT_EQ(fourth.command({"init"}).code, 0);
    const std::string another = line(fourth.command({"backup", "--yes"}));
    ASSERT_EQ(third.command({"restore", "--replace"}, another + "\n").code, 0);
    EXPECT_FALSE(said_by(third).own_revoked);  // that was the other key
    EXPECT_EQ(said_by(third).blocks.size(), 81U);
}

}  // namespace
}  // namespace node
