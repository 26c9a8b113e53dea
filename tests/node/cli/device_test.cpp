// tests/node/cli/device_test.cpp - a second node of one owner is certified and installs what it was
// given, through the binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/identity/device_bundle.hpp"
#include "node/names/invite.hpp"
#include "node/state/certificate_table.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string line(const Finished& f) {
    return f.out.substr(0, f.out.find('\n'));
}
std::uint32_t today() {
    return overlay::period_of(static_cast<overlay::UnixSeconds>(wall_now().time_since_epoch().count()));
}
std::string some_key(std::uint8_t seed) {
    return crypto::encode_name(
        crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{seed})).public_key());
}
DeviceBundle read(const std::filesystem::path& file) {
    const std::string bytes = read_text(file);
    return decode_bundle(crypto::bytes_of(bytes)).value();
}

class CliDevice : public testing::Test {
protected:
    CliDevice() {
        EXPECT_EQ(first.command({"init"}).code, 0);
        EXPECT_EQ(second.command({"init"}).code, 0);
        EXPECT_EQ(first.command({"user", "add", "alice"}).code, 0);
        first_key = line(first.command({"address"})).substr(0, 56);
        second_key = line(second.command({"address"})).substr(0, 56);
        bundle = first.config().parent_path() / "bundle.hwd";
    }
    Finished certify(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"device", "certify", second_key, "--out", bundle.string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return first.command(arguments);
    }
    std::vector<overlay::CertifiedName> installed() {
        Database db(second.state() / "state.db", Durability::process_crash);
        return CertificateTable(db).all();
    }
    TestNode first{""}, second{""};
    std::string first_key, second_key;
    std::filesystem::path bundle;
};

TEST_F(CliDevice, each_record_of_each_user_is_certified_for_today_and_thirty_days_and_installed) {
    const auto invite = parse_invite(line(first.command({"invite", "alice", "--unlisted"})));
    ASSERT_EQ(first.command({"user", "add", "bob"}).code, 0);
    const auto certified = certify();
    ASSERT_EQ(certified.code, 0) << certified.err;
    EXPECT_THAT(certified.out, AllOf(HasSubstr(second_key), HasSubstr("slot 1 until 20")));
    struct stat info {};
    ASSERT_EQ(stat(bundle.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);

    EXPECT_THAT(second.command({"device", "status"}).out, HasSubstr("device certify " + second_key));
    const auto done = second.command({"device", "install", bundle.string()});
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(done.out, AllOf(HasSubstr(first_key), HasSubstr("`hedgewitch user add alice`"),
                                HasSubstr("`hedgewitch user add bob`"), HasSubstr("remove it")));
    const auto names = installed();
    ASSERT_EQ(names.size(), 3U);
    std::size_t with_secret = 0;
    for (const auto& name : names) {
        EXPECT_EQ(crypto::encode_name(name.name.owner), first_key);
        EXPECT_EQ(name.slot, 1);
        EXPECT_EQ(name.by_period.size(), 31U);
        EXPECT_EQ(name.by_period.begin()->first, today());
        if (name.name.secret == invite->secret) ++with_secret;
    }
    EXPECT_EQ(with_secret, 1U);
    EXPECT_THAT(second.command({"device", "status"}).out,
                AllOf(StartsWith(first_key + "  slot 1  alice, bob  until 20"), Not(HasSubstr("soon"))));
    const auto json = nlohmann::json::parse(second.command({"device", "status", "--json"}).out).at(0);
    EXPECT_EQ(json.at("owner"), first_key);
    EXPECT_EQ(json.at("users"), (std::vector<std::string>{"alice", "bob"}));
    EXPECT_EQ(json.at("valid_until"), (today() + 31) * std::int64_t{86400});
    EXPECT_THAT(first.command({"device", "list"}).out, StartsWith(second_key + "  slot 1  until 20"));
}

TEST_F(CliDevice, users_days_and_slot_are_chosen_and_a_new_bundle_takes_the_place_of_the_old) {
    ASSERT_EQ(first.command({"user", "add", "bob"}).code, 0);
    ASSERT_EQ(certify({"--user", "Bob", "--days", "1", "--slot", "15"}).code, 0);
    const DeviceBundle made = read(bundle);
    ASSERT_EQ(made.names.size(), 1U);
    EXPECT_EQ(made.names[0].name.label, "bob");
    EXPECT_EQ(made.names[0].by_period.size(), 2U);
    EXPECT_EQ(made.slot, 15);
    ASSERT_EQ(second.command({"device", "install", bundle.string()}).code, 0);
    EXPECT_THAT(second.command({"device", "status"}).out,
                HasSubstr("which is soon: `hedgewitch device certify"));
    ASSERT_EQ(certify({"--user", "alice"}).code, 0);
    EXPECT_EQ(read(bundle).slot, 15);  // it keeps its own
    ASSERT_EQ(second.command({"device", "install", bundle.string()}).code, 0);
    ASSERT_EQ(installed().size(), 1U);
    EXPECT_EQ(installed()[0].name.label, "alice");
    EXPECT_THAT(certify({"--user", "carol"}).err, HasSubstr("there is no user carol"));
    EXPECT_EQ(certify({"--days", "31"}).code, 2);
    EXPECT_EQ(certify({"--slot", "16"}).code, 2);
}

TEST_F(CliDevice, a_slot_in_use_is_refused_and_a_free_one_found) {
    EXPECT_THAT(certify({"--slot", "0"}).err, HasSubstr("this node's own (dht.slot)"));
    ASSERT_EQ(certify().code, 0);
    const auto other = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{"device", "certify", some_key(5), "--out", bundle.string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return first.command(arguments);
    };
    EXPECT_THAT(other({"--slot", "1"}).err,
                AllOf(HasSubstr("slot 1 is taken until 20"), HasSubstr(second_key)));
    EXPECT_THAT(certify({"--slot", "2"}).err, HasSubstr("that node has slot 1 until 20"));
    EXPECT_EQ(crypto::encode_name(read(bundle).device), second_key);  // nothing was written by the refused
    ASSERT_EQ(other({}).code, 0);
    EXPECT_EQ(read(bundle).slot, 2);
    const auto forgotten = first.command({"device", "forget", second_key});
    EXPECT_THAT(forgotten.out, AllOf(HasSubstr("slot 1 is free"), HasSubstr("cannot be taken back")));
    EXPECT_EQ(first.command({"device", "forget", second_key}).code, 1);
}

TEST_F(CliDevice, what_is_not_for_this_node_or_damaged_is_refused) {
    EXPECT_THAT(first.command({"device", "certify", first_key}).err, HasSubstr("this node's own key"));
    EXPECT_THAT(first.command({"device", "certify", "example.org"}).err, HasSubstr("is no key"));
    EXPECT_THAT(second.command({"device", "certify", first_key}).err,
                HasSubstr("there is nothing to certify"));
    ASSERT_EQ(certify().code, 0);
    EXPECT_THAT(first.command({"device", "install", bundle.string()}).err,
                AllOf(HasSubstr("is for the node " + second_key), HasSubstr(first_key)));
    const std::string good = read_text(bundle);
    std::string bad = good;
    bad[bad.size() - 1] = static_cast<char>(bad[bad.size() - 1] ^ 1);
    write_text(bundle, bad);
    EXPECT_THAT(second.command({"device", "install", bundle.string()}).err, HasSubstr("is damaged"));
    write_text(bundle, good.substr(1));
    EXPECT_THAT(second.command({"device", "install", bundle.string()}).err, HasSubstr("was not made by"));
    EXPECT_THAT(second.command({"device", "install", "/nonexistent"}).err, HasSubstr("cannot be read"));
    EXPECT_TRUE(installed().empty());
}

TEST_F(CliDevice, a_bundle_that_ran_out_is_refused) {
    const std::string seed = line(first.command({"backup", "--yes"}));
    const auto owner = crypto::Identity::from_seed(crypto::decode_seed(seed).value());
    const auto device = crypto::decode_name(second_key).value();
    const auto old =
        make_bundle(owner, device, 1, {{owner.public_key(), {}, "alice"}}, today() - 3, 3).value();
    const auto wire = encode_bundle(old);
    write_text(bundle, std::string(wire.begin(), wire.end()));
    EXPECT_THAT(second.command({"device", "install", bundle.string()}).err, HasSubstr("ran out on 20"));
    EXPECT_TRUE(installed().empty());
}

// What is printed on the second node leads to the owner: nobody dials the second node's own key.
TEST_F(CliDevice, the_second_node_invites_to_the_owners_name) {
    ASSERT_EQ(certify().code, 0);
    ASSERT_EQ(second.command({"device", "install", bundle.string()}).code, 0);
    EXPECT_THAT(second.command({"user", "add", "alice"}).out,
                HasSubstr("sip:alice@" + first_key + ".hedge.alt"));
    EXPECT_EQ(line(second.command({"invite"})), "hedgewitch:" + first_key + "/alice");
    EXPECT_THAT(second.command({"invite", "--unlisted"}).err, HasSubstr("at the node of " + first_key));
}

TEST_F(CliDevice, the_first_node_says_when_the_others_do_not_know_yet) {
    ASSERT_EQ(certify().code, 0);
    EXPECT_THAT(first.command({"invite", "--unlisted"}).err, HasSubstr("`hedgewitch device certify`"));
    EXPECT_THAT(first.command({"invite", "remove", "alice", "1"}).err,
                HasSubstr("`hedgewitch device certify`"));
    EXPECT_THAT(first.command({"user", "unlist", "alice"}).err, HasSubstr("`hedgewitch device certify`"));
}

TEST_F(CliDevice, two_that_are_certified_at_once_get_a_slot_each) {
    for (std::uint8_t round = 0; round < 4; ++round) {
        std::vector<std::unique_ptr<Process>> both;
        for (std::uint8_t i = 0; i < 2; ++i) {
            const auto number = static_cast<std::uint8_t>(100 + 2 * round + i);
            const auto folder = bundle.parent_path() / ("certify-" + std::to_string(number));
            std::filesystem::create_directory(folder);
            both.push_back(std::make_unique<Process>(
                std::vector<std::string>{HEDGEWITCH, "--config", first.config().string(), "device", "certify",
                                         some_key(number), "--out", (folder / "bundle").string()},
                folder));
        }
        for (const auto& process : both) {
            const auto done = process->wait();
            EXPECT_EQ(done.code, 0) << done.err;
        }
    }
    std::set<int> slots;
    const auto list = nlohmann::json::parse(first.command({"device", "list", "--json"}).out);
    for (const auto& row : list)
        slots.insert(row["slot"].get<int>());
    EXPECT_EQ(list.size(), 8U);
    EXPECT_EQ(slots.size(), 8U);
}

}  // namespace
}  // namespace node
