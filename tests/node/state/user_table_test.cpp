// tests/node/state/user_table_test.cpp - users outlive the process, and are seen by the other processes.
#include "node/state/user_table.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

class Users : public StateTest {};

TEST_F(Users, users_are_there_after_reopening) {
    const auto created = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000));
    {
        Database db = open();
        UserTable users(db, "home");
        EXPECT_TRUE(users.add({"alice", "home", {"md5", "sha"}, created}));
        EXPECT_FALSE(users.add({"alice", "home", {"other", "other"}, created}));
        EXPECT_FALSE(users.change({"bob", "home", {"x", "y"}, created}));
    }
    Database db = open();
    UserTable users(db, "home");
    ASSERT_NE(users.find("alice"), nullptr);
    EXPECT_EQ(users.find("alice")->ha1_md5, "md5");
    EXPECT_EQ(users.find("alice")->ha1_sha256, "sha");
    EXPECT_EQ(users.find("bob"), nullptr);
    EXPECT_EQ(users.all().at(0).created, created);
    EXPECT_TRUE(users.change({"alice", "home", {"new", "newer"}, created}));
    EXPECT_EQ(users.find("alice")->ha1_md5, "new");
    EXPECT_TRUE(users.remove("alice"));
    EXPECT_FALSE(users.remove("alice"));
}

TEST_F(Users, a_user_that_another_process_adds_is_known_after_reload) {
    Database daemons = open();
    UserTable in_daemon(daemons, "home");
    Database commands = open();
    UserTable in_command(commands, "home");
    ASSERT_TRUE(in_command.add({"carol", "home", {"a", "b"}, {}}));
    EXPECT_EQ(in_daemon.find("carol"), nullptr);
    in_daemon.reload();
    EXPECT_NE(in_daemon.find("carol"), nullptr);
}

TEST_F(Users, two_connections_in_one_process_still_see_what_another_process_writes) {
    Database first = open();
    const Database second =
        open();  // opening it must not cost the first its locks (POSIX: by process, not by descriptor)
    UserTable users(first, "home");
    for (const char* name : {"carol", "dora"}) {
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            execl("/bin/sh", "sh", "-c", "exec \"$0\" --state \"$1\" user add \"$2\" > /dev/null", HEDGEWITCH,
                  paths.dir.c_str(), name, nullptr);
            _exit(127);
        }
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_EQ(status, 0);
        users.reload();
        EXPECT_EQ(users.all().back().label, name);
    }
}

TEST_F(Users, a_user_whose_digests_are_of_another_realm_cannot_log_in_and_is_named) {
    Database db = open();
    UserTable(db, "old").add({"alice", "old", {"a", "b"}, {}});
    UserTable users(db, "new");
    EXPECT_EQ(users.find("alice"), nullptr);
    EXPECT_EQ(users.of_other_realms(), std::vector<std::string>{"alice"});
}

TEST_F(Users, a_user_is_listed_until_the_person_says_otherwise_and_a_new_password_changes_nothing_of_that) {
    Database db = open();
    UserTable users(db, "hedgewitch");
    users.add({"alice", "hedgewitch", {"x", "y"}, {}});
    EXPECT_TRUE(users.all().at(0).listed);
    EXPECT_TRUE(users.set_listed("alice", false));
    EXPECT_FALSE(users.set_listed("bob", false));
    EXPECT_TRUE(users.change({"alice", "hedgewitch", {"a", "b"}, {}}));
    Database again = open();
    EXPECT_FALSE(UserTable(again, "hedgewitch").all().at(0).listed);
}

}  // namespace
}  // namespace node
