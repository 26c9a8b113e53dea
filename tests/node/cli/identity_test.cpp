// tests/node/cli/identity_test.cpp - `init`, `address`, `backup`, `restore` through the binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

class IdentityCli : public testing::Test {
protected:
    std::string line(const Finished& f) { return f.out.substr(0, f.out.find('\n')); }
    TestNode node{""};
};

TEST_F(IdentityCli, init_makes_an_identity_once_and_refuses_to_overwrite_it) {
    const auto first = node.command({"init"});
    EXPECT_EQ(first.code, 0) << first.err;
    const std::string address = line(node.command({"address"}));
    EXPECT_THAT(address, MatchesRegex("[a-z2-7]{56}\\.hedge\\.alt"));
    EXPECT_THAT(first.out, AllOf(HasSubstr(address), HasSubstr("hedgewitch backup")));
    const auto second = node.command({"init"});
    EXPECT_EQ(second.code, 1);
    EXPECT_THAT(second.err, HasSubstr(address));
    EXPECT_EQ(node.command({"init", "--if-missing"}).code, 0);
    EXPECT_EQ(line(node.command({"address"})), address);
    struct stat info {};
    ASSERT_EQ(stat((node.state() / "identity.key").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(IdentityCli, a_backup_restores_the_same_identity_elsewhere) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    const std::string address = line(node.command({"address"}));
    EXPECT_EQ(node.command({"backup"}).code, 1);  // no terminal, and not told --yes
    const auto backup = node.command({"backup", "--yes", "--qr"});
    ASSERT_EQ(backup.code, 0) << backup.err;
    const std::string seed = line(backup);
    EXPECT_EQ(seed.size(), 56U);
    EXPECT_THAT(backup.out, HasSubstr("█"));

    TestNode other("");
    EXPECT_EQ(other.command({"restore"}, "nonsense\n").code, 1);
    EXPECT_EQ(other.command({"restore"}, address.substr(0, 56) + "\n").code, 1);  // the address is no backup
    const auto restored = other.command({"restore"}, seed.substr(0, 28) + " " + seed.substr(28) + "\n");
    ASSERT_EQ(restored.code, 0) << restored.err;
    EXPECT_EQ(line(other.command({"address"})), address);
    EXPECT_EQ(line(other.command({"backup", "--yes"})), seed);
}

TEST_F(IdentityCli, restore_gives_up_an_identity_only_when_told_to) {
    TestNode other("");
    ASSERT_EQ(node.command({"init"}).code, 0);
    ASSERT_EQ(other.command({"init"}).code, 0);
    const std::string seed = line(node.command({"backup", "--yes"}));
    const std::string before = line(other.command({"address"}));
    const auto refused = other.command({"restore"}, seed + "\n");
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("--replace"), HasSubstr(before)));
    EXPECT_EQ(line(other.command({"address"})), before);
    EXPECT_EQ(other.command({"restore", "--replace"}, seed + "\n").code, 0);
    EXPECT_EQ(line(other.command({"address"})), line(node.command({"address"})));
}

}  // namespace
}  // namespace node
