// tests/node/state/page_table_test.cpp - browsers and links outlive the process, within their number.
#include "node/state/page_table.hpp"

#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

std::chrono::sys_seconds at(int seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000 + seconds));
}

PageTable::Hash hash(int number) {
    PageTable::Hash hash{};
    hash[0] = static_cast<std::uint8_t>(number);
    hash[1] = 1;
    return hash;
}

using PageTableTest = StateTest;

TEST_F(PageTableTest, a_session_is_seen_by_another_connection_until_it_ends) {
    Database db = open(), other = open();
    PageTable(db).add_session(hash(1), at(0));
    PageTable(other).seen(hash(1), at(9));
    EXPECT_EQ(PageTable(db).session(hash(1)), (PageSessionRow{hash(1), at(0), at(9)}));
    EXPECT_FALSE(PageTable(db).session(hash(2)));
    PageTable(other).end_session(hash(1));
    EXPECT_FALSE(PageTable(db).session(hash(1)));
    EXPECT_FALSE(PageTable(db).has_sessions());
}

TEST_F(PageTableTest, of_too_many_browsers_the_one_not_seen_for_longest_goes) {
    Database db = open();
    PageTable table(db);
    for (unsigned i = 0; i < PageTable::most_sessions; ++i)
        table.add_session(hash(static_cast<int>(i)), at(static_cast<int>(i)));
    table.seen(hash(0), at(1000));
    table.add_session(hash(200), at(1001));
    EXPECT_TRUE(table.session(hash(0)));
    EXPECT_FALSE(table.session(hash(1)));
    EXPECT_TRUE(table.session(hash(200)));
    EXPECT_EQ(table.end_sessions(hash(200)), static_cast<int>(PageTable::most_sessions) - 1);
    EXPECT_TRUE(table.session(hash(200)));
}

TEST_F(PageTableTest, a_link_is_taken_once_and_in_time) {
    Database db = open(), other = open();
    PageTable table(db);
    table.add_link(hash(1), at(600), at(0));
    table.add_link(hash(2), at(600), at(0));
    EXPECT_TRUE(table.has_link(hash(1), at(600)));
    EXPECT_TRUE(PageTable(other).take_link(hash(1), at(600)));
    EXPECT_FALSE(table.take_link(hash(1), at(0)));
    EXPECT_FALSE(table.take_link(hash(2), at(601)));
    EXPECT_FALSE(table.has_link(hash(3), at(0)));
}

TEST_F(PageTableTest, of_too_many_links_the_oldest_go) {
    Database db = open();
    PageTable table(db);
    for (int i = 0; i < 40; ++i)
        table.add_link(hash(i), at(600 + i), at(i));
    EXPECT_FALSE(table.has_link(hash(23), at(40)));
    EXPECT_TRUE(table.has_link(hash(24), at(40)));
}

TEST_F(PageTableTest, has_one_password_at_most) {
    Database db = open();
    PageTable table(db);
    EXPECT_EQ(table.password(), "");
    table.set_password("one");
    table.set_password("two");
    EXPECT_EQ(table.password(), "two");
    table.set_password("");
    EXPECT_EQ(table.password(), "");
}

}  // namespace
}  // namespace node
