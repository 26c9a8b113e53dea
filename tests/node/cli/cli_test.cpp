// tests/node/cli/cli_test.cpp - wrong command lines and wrong configurations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Cli : public testing::Test {
protected:
    TestNode node{""};
};

TEST_F(Cli, a_wrong_command_line_and_a_wrong_configuration_are_exit_code_2) {
    EXPECT_EQ(node.command({}).code, 2);
    EXPECT_EQ(node.command({"dance"}).code, 2);
    EXPECT_EQ(node.command({"user", "add"}).code, 2);
    TestNode wrong("[sip]\nlisen = []\n");
    const auto f = wrong.command({"user", "list"});
    EXPECT_EQ(f.code, 2);
    EXPECT_THAT(f.err, AllOf(HasSubstr(wrong.config().string() + ":4: "), HasSubstr("sip.listen")));
}

}  // namespace
}  // namespace node
