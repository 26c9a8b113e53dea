// tests/node/state/database_test.cpp - damaged and later files are reported, never replaced.
#include "node/state/database.hpp"

#include <gmock/gmock.h>

#include "node/state/user_table.hpp"
#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using testing::HasSubstr;

class DatabaseFile : public StateTest {};

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

}  // namespace
}  // namespace node
