// tests/node/state/database_test.cpp - damaged and later files are reported, never replaced.
#include "node/state/database.hpp"

#include <gmock/gmock.h>

#include "node/clock.hpp"
#include "node/state/overlay_memory.hpp"
#include "node/state/state_copy.hpp"
#include "node/state/user_table.hpp"
#include "node/state/waiting_callers.hpp"
#include "tests/node/state/released_schemas.hpp"
#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class DatabaseFile : public StateTest {};

TEST_F(DatabaseFile, a_statement_that_was_given_back_is_used_again_without_what_was_bound) {
    Database db = open();
    constexpr const char* text = "SELECT ?1, ?2";
    {
        auto first = db.prepare(text);
        first.bind(1, std::int64_t{1}).bind(2, "two");
        ASSERT_TRUE(first.step());  // and is left in the middle of its rows
        auto second = db.prepare(text);
        second.bind(1, std::int64_t{3});
        ASSERT_TRUE(second.step());
        EXPECT_EQ(first.number(0), 1) << "two at a time are two";
        EXPECT_EQ(second.number(0), 3);
    }
    auto again = db.prepare(text);
    ASSERT_TRUE(again.step());
    EXPECT_EQ(again.text(0), "") << "NULL";
    EXPECT_EQ(again.text(1), "");
    EXPECT_FALSE(again.step());
}

TEST_F(DatabaseFile, a_statement_that_failed_works_the_next_time) {
    Database db = open();
    db.execute("CREATE TABLE once(x INTEGER PRIMARY KEY) STRICT");
    const auto insert = [&db] { db.prepare("INSERT INTO once VALUES(?)").bind(1, std::int64_t{1}).run(); };
    insert();
    EXPECT_THROW(insert(), DatabaseError);
    db.execute("DELETE FROM once");
    EXPECT_NO_THROW(insert());
}

TEST_F(DatabaseFile, a_damaged_database_is_reported_by_name_and_left_as_it_is) {
    write_text(paths.database, std::string(8192, 'x'));
    try {
        open();
        FAIL() << "opened";
    } catch (const DatabaseError& e) {
        EXPECT_THAT(e.what(), HasSubstr(paths.database.string()));
    }
    EXPECT_EQ(read_text(paths.database), std::string(8192, 'x'));
}

TEST_F(DatabaseFile, a_page_damaged_inside_the_file_is_noticed_at_start) {
    {
        Database db = open();
        UserTable users(db, "home");
        for (int i = 0; i < 400; ++i)
            users.add({"user" + std::to_string(i), "home", {std::string(32, 'a'), std::string(64, 'b')}, {}});
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    std::string bytes = read_text(paths.database);
    ASSERT_GT(bytes.size(), 5U * 4096);
    for (std::size_t i = 4096; i < bytes.size(); i += 64)
        bytes[i] = static_cast<char>(0xa5);
    write_text(paths.database, bytes);
    EXPECT_THROW(open(), DatabaseError);
}

TEST_F(DatabaseFile, a_database_of_a_later_version_is_refused) {
    open().execute("PRAGMA user_version = 999");
    EXPECT_THROW(open(), DatabaseError);
}

/// Tables and their columns, and indices, in an order of their own.
std::string shape(Database& db) {
    std::string text;
    auto select = db.prepare(
        "SELECT m.name, c.name, c.type, c.\"notnull\", ifnull(c.dflt_value, '-'), c.pk FROM sqlite_master m,"
        " pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.name");
    while (select.step()) {
        for (int column = 0; column < 6; ++column)
            text += select.text(column) + " ";
        text += "\n";
    }
    return text;
}

TEST_F(DatabaseFile, a_file_of_each_release_is_brought_up_to_date_and_loses_nothing) {
    Database now = open();
    const std::string wanted = shape(now);
    for (const auto& [release, added, version] : released) {
        SCOPED_TRACE(release);
        const auto file = scratch.dir / (std::string("state-") + release + ".db");
        {
            SQLite::Database old(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
            old.exec(schema_0_1_0);
            old.exec(added);
            old.exec(
                "INSERT INTO user(label, realm, ha1_md5, ha1_sha256, created) "
                "VALUES('alice','home','m','s',7)");
            old.exec("PRAGMA user_version = " + std::to_string(version));
        }
        Database db(file, Durability::process_crash);
        EXPECT_EQ(shape(db), wanted);
        UserTable users(db, "home");
        ASSERT_NE(users.find("alice"), nullptr);
        EXPECT_TRUE(users.set_delivery("alice", sip::Delivery::proxy));
        WaitingCallers callers(db);
        EXPECT_TRUE(callers.set_mode("alice", StrangerPolicy::ask));
        EXPECT_TRUE(callers.note({0, "alice", "sip:x@example.org", "x", false, {}, {}, 1}));
        OverlayMemory(db).save_owner_nodes({});
        EXPECT_EQ(OverlayMemory(db).load_owner_nodes().size(), 1U);
    }
}

TEST_F(DatabaseFile, damage_is_told_with_what_is_lost_and_the_command_that_helps) {
    write_text(paths.identity, "some key");
    const auto complaint = [&] {
        try {
            refuse_if_gone(paths);
            open();
        } catch (const DatabaseError& e) {
            return std::string(e.what());
        }
        return std::string("(none)");
    };
    EXPECT_THAT(complaint(), AllOf(HasSubstr("state.db: is gone"), HasSubstr("restore --empty")));
    write_text(paths.database, "");
    EXPECT_THAT(complaint(),
                AllOf(HasSubstr("state.db: is empty"), HasSubstr("contacts"), HasSubstr("identity is not")));
    std::filesystem::remove(paths.database);
    {
        Database db = open();
        UserTable(db, "home").add({"alice", "home", {"m", "s"}, {}});
        copy_database(paths.database, daily_copy(paths.database));
    }
    EXPECT_EQ(complaint(), "(none)");
    EXPECT_FALSE(copy_is_due(paths.database, wall_now()));
    EXPECT_TRUE(copy_is_due(paths.database, wall_now() + std::chrono::hours(25)));
    EXPECT_EQ(std::filesystem::status(daily_copy(paths.database)).permissions(),
              std::filesystem::perms(0600));
    std::string bytes = read_text(paths.database);
    bytes.replace(100, 60, std::string(60, 'x'));  // the root of the schema
    write_text(paths.database, bytes);
    EXPECT_THAT(complaint(),
                AllOf(HasSubstr("state.db: is damaged"), HasSubstr("`hedgewitch restore --daily`")));
    const auto before = read_text(daily_copy(paths.database));
    EXPECT_THROW(copy_database(paths.database, daily_copy(paths.database)), DatabaseError);
    EXPECT_EQ(read_text(daily_copy(paths.database)), before) << "the good copy stays";
}

}  // namespace
}  // namespace node
