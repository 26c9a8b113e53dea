// tests/node/status/login_faults_test.cpp - phones that could not log in, in virtual time.
#include "node/status/login_faults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using sip::LoginFault;
using testing::HasSubstr;

struct LoginFaultsTest : ::testing::Test {
    LoginFaults faults;
    sip::Now now{std::chrono::steady_clock::time_point{1000h}, std::chrono::sys_seconds{1'800'000'000s}};
    bool registered = false;

    std::optional<std::string> note(const std::string& user, LoginFault fault,
                                    const std::string& from = "192.168.1.30") {
        sip::Flow flow;
        flow.remote = {asio::ip::make_address(from), 5060};
        return faults.note(
            user, flow, fault, [](const std::string& label) { return label == "alice"; }, now);
    }
    std::vector<LoginFailure> latest() const {
        return faults.latest(now,
                             [this](const std::string&, const asio::ip::address&) { return registered; });
    }
};

TEST_F(LoginFaultsTest, each_says_who_from_where_and_what_was_wrong) {
    for (const auto& [user, fault, says] : std::vector<std::tuple<std::string, LoginFault, std::string>>{
             {"alice", LoginFault::wrong_password,
              "A phone at 192.168.1.30 tries alice with a wrong password."},
             {"Alice", LoginFault::name_written_otherwise,
              "A phone at 192.168.1.30 logs in as \"Alice\". Its user name must be written \"alice\"."},
             {"alice@home.test", LoginFault::name_written_otherwise,
              "logs in as \"alice@home.test\". Its user name must be written \"alice\"."},
             {"alice", LoginFault::cseq_not_higher, "registers alice with a lower CSeq than before"},
             {"alice", LoginFault::wrong_resource, "for another server"},
             {"alice", LoginFault::unknown_digest, "SHA-256 or MD5, qop auth"}}) {
        const auto line = note(user, fault);
        EXPECT_THAT(latest().front().says, HasSubstr(says));
        EXPECT_EQ(line.value_or(latest().front().says), latest().front().says);
        now.steady += 10min;
    }
    (void)note("eve", LoginFault::unknown_user);
    EXPECT_THAT(latest().front().says, HasSubstr("tries eve, who is no user here"));
}

TEST_F(LoginFaultsTest, one_that_goes_on_is_one_line_and_one_entry_with_a_number) {
    EXPECT_TRUE(note("alice", LoginFault::wrong_password));
    for (int i = 0; i < 1000; ++i)
        EXPECT_FALSE(note("alice", i < 11 ? LoginFault::wrong_password : LoginFault::too_many));
    ASSERT_EQ(latest().size(), 1u);
    EXPECT_EQ(latest()[0].times, 1001u);
    EXPECT_THAT(latest()[0].says, HasSubstr("wrong password")) << "what was wrong, not that nobody looks now";
    now.steady += 61min;
    EXPECT_TRUE(latest().empty());
    EXPECT_TRUE(note("alice", LoginFault::wrong_password)) << "an hour later it is news";
}

TEST_F(LoginFaultsTest, one_that_has_registered_since_is_no_longer_told) {
    (void)note("alice", LoginFault::wrong_password);
    registered = true;
    EXPECT_TRUE(latest().empty());
}

TEST_F(LoginFaultsTest, those_who_try_names_fill_neither_the_log_nor_the_list) {
    (void)note("alice", LoginFault::wrong_password);
    int lines = 0;
    for (int i = 0; i < 1000; ++i) {
        lines += note("user" + std::to_string(i), LoginFault::unknown_user, "192.0.2.66") ? 1 : 0;
        lines += note("alice", LoginFault::wrong_password,
                      "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250))
                     ? 1
                     : 0;
    }
    EXPECT_EQ(lines, 3) << "four, with the first";
    EXPECT_EQ(latest().size(), 40u);
    EXPECT_THAT(note("ali\x1b[2Jce\n", LoginFault::unknown_user, "192.0.2.9").value_or(""),
                testing::IsEmpty());
    EXPECT_EQ(latest().front().user.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace node
