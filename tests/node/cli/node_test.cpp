// tests/node/cli/node_test.cpp - `run`, `status` and kin where no node runs, `config`, `version`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/config/config.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

class NodeCli : public testing::Test {
protected:
    TestNode node{""};
};

TEST_F(NodeCli, what_needs_a_running_node_says_so_with_its_own_exit_code) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"status"}, {"lookup", "sip:bob@example.org"}, {"reload"}, {"stop"}}) {
        const auto f = node.command(arguments);
        EXPECT_EQ(f.code, 3) << arguments[0];
        EXPECT_THAT(f.err, HasSubstr("not running on " + node.state().string()));
    }
    EXPECT_EQ(node.command({"ping", "bob"}).code, 3);
}

TEST_F(NodeCli, a_port_that_somebody_else_has_is_told_with_what_to_do) {
    TestNode first(
        "[sip]\nlisten = [\"udp:127.0.0.19:5060\"]\n[dht]\nenabled = false\n[dns]\nenabled = false\n");
    TestNode second(
        "[sip]\nlisten = [\"udp:127.0.0.19:5060\"]\n[dht]\nenabled = false\n[dns]\nenabled = false\n");
    ASSERT_EQ(first.command({"init"}).code, 0);
    ASSERT_EQ(second.command({"init"}).code, 0);
    const auto daemon = first.start();
    const auto f = second.command({"run"});
    EXPECT_EQ(f.code, 1);
    EXPECT_THAT(f.err, AllOf(HasSubstr("127.0.0.19:5060"), HasSubstr("It belongs to "),
                             HasSubstr(" of user "), HasSubstr("sip.listen")));
}

TEST_F(NodeCli, run_without_an_identity_tells_how_to_make_one) {
    const auto f = node.command({"run"});
    EXPECT_EQ(f.code, 1);
    EXPECT_THAT(f.err, HasSubstr("hedgewitch init"));
}

TEST_F(NodeCli, config_prints_every_key_so_that_it_can_be_read_back) {
    const auto f = node.command({"config"});
    EXPECT_EQ(f.code, 0);
    for (const char* key : {"[state]", "dir = ", "listen = ", "bootstrap = [\"bootstrap.jami.net:4222\"]",
                            "on_failure = \"fall back\"", "[pins]"}) {
        EXPECT_THAT(f.out, HasSubstr(key));
    }
    EXPECT_NO_THROW(Config::parse(f.out, "printed"));
    EXPECT_THAT(node.command({"version"}).out, MatchesRegex("hedgewitch [0-9.]+\n"));
}

}  // namespace
}  // namespace node
