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

TEST_F(Cli, a_folder_is_no_configuration) {
    std::filesystem::remove(node.config());
    std::filesystem::create_directory(node.config());
    const auto f = node.command({"user", "list"});
    EXPECT_EQ(f.code, 2);
    EXPECT_THAT(f.err, HasSubstr("hedgewitch.toml: is a folder"));
}

TEST_F(Cli, a_command_that_there_is_none_of_is_told_with_the_one_that_was_meant) {
    EXPECT_THAT(node.command({"statsu"}).err, HasSubstr("did you mean `hedgewitch status`?"));
    EXPECT_THAT(node.command({"user", "ad", "bob"}).err, HasSubstr("did you mean `hedgewitch user add`?"));
    EXPECT_THAT(node.command({"dance"}).err,
                AllOf(HasSubstr("there is no `hedgewitch dance`"), HasSubstr("status")));
    EXPECT_THAT(node.command({"user"}).err, HasSubstr("hedgewitch user what? There are add, link, passwd"));
}

}  // namespace
}  // namespace node
