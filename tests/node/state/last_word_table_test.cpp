// tests/node/state/last_word_table_test.cpp - what is to be said of calls, over a restart.
#include "node/state/last_word_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::chrono::sys_seconds now{1'800'000'000s};

sip::LastWord word(const std::string& call_id, sip::Side to) {
    sip::LastWord word;
    word.id = {{call_id, "a", "b"}, to};
    word.flow.transport = sip::Transport::tls;
    word.flow.local = {asio::ip::make_address("192.168.1.20"), 5061};
    word.flow.remote = {asio::ip::make_address("2001:db8::9"), 40123};
    word.peer = sip::KeyHash{7};
    word.listens = sip::Endpoint{asio::ip::make_address("2001:db8::9"), 5061};
    word.through = "abcdefghijklmnopqrstuvwxyz";
    word.user = "alice";
    word.contact = "sip:alice@192.168.1.30";
    word.text = "BYE sip:alice@192.168.1.30 SIP/2.0\r\n\r\n";
    return word;
}

class LastWordTableTest : public StateTest {};

TEST_F(LastWordTableTest, words_are_kept_over_a_restart_the_latest_of_each_side) {
    sip::LastWord caller = word("1", sip::Side::caller);
    sip::LastWord callee = word("1", sip::Side::callee);
    callee.peer.reset();
    callee.listens.reset();
    callee.flow.transport = sip::Transport::udp;
    {
        auto db = open();
        LastWordTable table(db);
        table.write({{caller, callee}, {}}, now);
        caller.text = "BYE sip:alice@192.168.1.31 SIP/2.0\r\n\r\n";
        table.write({{caller}, {}}, now);
    }
    auto db = open();
    EXPECT_THAT(LastWordTable(db).all(now), ElementsAre(caller, callee));
}

TEST_F(LastWordTableTest, the_number_of_a_connection_is_not_for_it_means_nothing_in_the_next_run) {
    auto db = open();
    LastWordTable table(db);
    sip::LastWord one = word("1", sip::Side::caller);
    one.flow.connection = 17;
    table.write({{one}, {}}, now);
    ASSERT_EQ(table.all(now).size(), 1U);
    EXPECT_EQ(table.all(now)[0].flow.connection, 0U);
}

TEST_F(LastWordTableTest, what_is_done_goes_and_what_is_a_day_old) {
    auto db = open();
    LastWordTable table(db);
    const auto caller = word("1", sip::Side::caller), callee = word("1", sip::Side::callee);
    table.write({{caller, callee}, {}}, now);
    table.write({{}, {caller.id}}, now);
    EXPECT_THAT(table.all(now), ElementsAre(callee));
    EXPECT_THAT(table.all(now + 24h), ElementsAre(callee));
    EXPECT_THAT(table.all(now + 24h + 1s), IsEmpty());
}

}  // namespace
}  // namespace node
