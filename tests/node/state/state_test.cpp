// tests/node/state/state_test.cpp - users, bindings and the overlay's memory outlive the process, also kill
// -9.
#include "node/state/state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "node/addresses.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using testing::HasSubstr;

sip::Binding phone(const std::string& contact) {
    sip::Binding b;
    b.contact = contact;
    b.q = 700;
    b.expires = std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000));
    b.call_id = "call-1@192.0.2.9";
    b.cseq = 4'294'967'295U;
    b.instance = "<urn:uuid:00000000-0000-1000-8000-000A95A0E128>";
    b.reg_id = 2;
    b.path = "<sip:edge.example.org;lr>";
    b.user_agent = "baresip v1.0.0";
    b.parameters = ";unknown=\"a;b\"";
    b.flow.transport = sip::Transport::udp;
    b.flow.local = *parse_endpoint("127.0.0.2:5060");
    b.flow.remote = *parse_endpoint("[2001:db8::7]:40000");
    return b;
}

mode_t mode_of(const std::filesystem::path& path) {
    struct stat info {};
    stat(path.c_str(), &info);
    return info.st_mode & 07777;
}

class State : public testing::Test {
protected:
    State() : paths(scratch.dir / "state") { paths.make_dir(); }
    Database open() { return Database(paths.database, Durability::process_crash); }
    Scratch scratch;
    StatePaths paths;
};

TEST_F(State, nobody_else_may_read_the_folder_or_the_database) {
    const Database db = open();
    EXPECT_EQ(mode_of(paths.dir), 0700U);
    EXPECT_EQ(mode_of(paths.database), 0600U);
}

TEST_F(State, users_are_there_after_reopening) {
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

TEST_F(State, a_user_that_another_process_adds_is_known_after_reload) {
    Database daemons = open();
    UserTable in_daemon(daemons, "home");
    Database commands = open();
    UserTable in_command(commands, "home");
    ASSERT_TRUE(in_command.add({"carol", "home", {"a", "b"}, {}}));
    EXPECT_EQ(in_daemon.find("carol"), nullptr);
    in_daemon.reload();
    EXPECT_NE(in_daemon.find("carol"), nullptr);
}

TEST_F(State, two_connections_in_one_process_still_see_what_another_process_writes) {
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

TEST_F(State, a_user_whose_digests_are_of_another_realm_cannot_log_in_and_is_named) {
    Database db = open();
    UserTable(db, "old").add({"alice", "old", {"a", "b"}, {}});
    UserTable users(db, "new");
    EXPECT_EQ(users.find("alice"), nullptr);
    EXPECT_EQ(users.of_other_realms(), std::vector<std::string>{"alice"});
}

TEST_F(State, bindings_come_back_field_by_field_in_their_order) {
    const std::vector<sip::Binding> bindings{phone("sip:bob-0x1@192.0.2.9:5060;x=\"y\""),
                                             phone("sip:bob@[2001:db8::7]")};
    {
        Database db = open();
        BindingTable table(db);
        ASSERT_TRUE(table.replace("bob", {phone("sip:old@192.0.2.1")}));
        ASSERT_TRUE(table.replace("bob", bindings));
        ASSERT_TRUE(table.replace("carol", {phone("sip:carol@192.0.2.3")}));
        ASSERT_TRUE(table.replace("carol", {}));
    }
    Database db = open();
    const auto loaded = BindingTable(db).load();
    ASSERT_EQ(loaded.size(), 1U);
    EXPECT_EQ(loaded.at("bob"), bindings);
}

TEST_F(State, a_binding_forgets_its_connection_because_numbers_start_anew) {
    Database db = open();
    BindingTable table(db);
    auto binding = phone("sip:bob@192.0.2.9;transport=tcp");
    binding.flow.transport = sip::Transport::tcp;
    binding.flow.connection = 17;
    ASSERT_TRUE(table.replace("bob", {binding}));
    EXPECT_EQ(table.load().at("bob").at(0).flow.connection, 0U);
}

TEST_F(State, what_was_replaced_before_kill_9_is_there_after_it) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        Database db = open();
        BindingTable table(db);
        const bool kept = table.replace("bob", {phone("sip:bob@192.0.2.9")});
        [[maybe_unused]] const auto n = write(pipe_ends[1], kept ? "1" : "0", 1);
        pause();
        _exit(0);
    }
    char kept = 0;
    ASSERT_EQ(read(pipe_ends[0], &kept, 1), 1);
    EXPECT_EQ(kept, '1');
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    close(pipe_ends[0]);
    close(pipe_ends[1]);

    Database db = open();
    EXPECT_EQ(BindingTable(db).load().at("bob").at(0).contact, "sip:bob@192.0.2.9");
}

TEST_F(State, a_damaged_database_is_reported_by_name_and_left_as_it_is) {
    write_text(paths.database, std::string(8192, 'x'));
    try {
        open();
        FAIL() << "opened";
    } catch (const DatabaseError& e) {
        EXPECT_THAT(e.what(), HasSubstr(paths.database.string()));
    }
    EXPECT_EQ(read_text(paths.database), std::string(8192, 'x'));
}

TEST_F(State, a_page_damaged_inside_the_file_is_noticed_at_start) {
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

TEST_F(State, a_database_of_a_later_version_is_refused) {
    open().execute("PRAGMA user_version = 999");
    EXPECT_THROW(open(), DatabaseError);
}

TEST_F(State, the_overlays_memory_comes_back) {
    overlay::Memory::KnownNode node_v6;
    node_v6.id[0] = 9;
    node_v6.endpoint = {asio::ip::make_address("2001:db8::1"), 4222};
    overlay::RollbackMemory::Entry seen;
    seen.blinded[31] = 5;
    seen.slot = 3;
    seen.seq = 1000;
    seen.period = 20'000;
    overlay::Memory::PublishedSeq published;
    published.blinded[0] = 1;
    published.seq = 77;
    published.period = 20'000;
    {
        Database db = open();
        OverlayMemory memory(db);
        memory.save_nodes({{}, {}});
        memory.save_nodes({node_v6});
        memory.save_seen(seen);
        seen.seq = 1001;
        memory.save_seen(seen);
        memory.save_published(published);
    }
    Database db = open();
    OverlayMemory memory(db);
    ASSERT_EQ(memory.load_nodes().size(), 1U);
    EXPECT_EQ(memory.load_nodes().at(0).endpoint, node_v6.endpoint);
    EXPECT_EQ(memory.load_nodes().at(0).id, node_v6.id);
    ASSERT_EQ(memory.load_seen().size(), 1U);
    EXPECT_EQ(memory.load_seen().at(0).seq, 1001);
    EXPECT_EQ(memory.load_seen().at(0).slot, 3);
    EXPECT_EQ(memory.load_seen().at(0).blinded, seen.blinded);
    ASSERT_EQ(memory.load_published().size(), 1U);
    EXPECT_EQ(memory.load_published().at(0).seq, 77);
    EXPECT_EQ(memory.load_published().at(0).period, 20'000U);
}

TEST_F(State, a_revoked_key_is_remembered_for_ever_and_once) {
    const overlay::Memory::RevokedKey revoked{{1, 2, 3}, 1'800'000'000};
    {
        Database db = open();
        OverlayMemory memory(db);
        memory.save_revoked(revoked);
        memory.save_revoked({{4}, 1'800'000'001});
        memory.save_revoked({revoked.key, 1'900'000'000});  // met again: known since the first time
    }
    Database db = open();
    OverlayMemory memory(db);
    auto known = memory.load_revoked();
    ASSERT_EQ(known.size(), 2U);
    EXPECT_EQ(known[0].key, revoked.key);
    EXPECT_EQ(known[0].seen, revoked.seen);
    EXPECT_EQ(known[1].key, crypto::PublicKey{4});
}

TEST_F(State, the_nodes_of_the_last_4096_owners_are_remembered_and_the_latest_of_each) {
    {
        Database db = open();
        OverlayMemory memory(db);
        for (std::uint16_t i = 0; i < 4100; ++i) {
            overlay::Memory::OwnerNodes entry;
            entry.name[0] = static_cast<std::uint8_t>(i);
            entry.name[1] = static_cast<std::uint8_t>(i >> 8U);
            entry.nodes = {{asio::ip::make_address("192.0.2.1"), i},
                           {asio::ip::make_address("2001:db8::1"), 1}};
            memory.save_owner_nodes(entry);
        }
        memory.save_owner_nodes({{5}, {{asio::ip::make_address("192.0.2.2"), 7}}});
    }
    Database db = open();
    OverlayMemory memory(db);
    const auto known = memory.load_owner_nodes();
    ASSERT_EQ(known.size(), 4095U);  // from the sixth on, and what was the sixth is the last
    EXPECT_EQ(known.front().name[0], 6);
    ASSERT_EQ(known.front().nodes.size(), 2U);
    EXPECT_EQ(known.front().nodes[1].address, asio::ip::make_address("2001:db8::1"));
    EXPECT_EQ(known.back().name[0], 5);
    ASSERT_EQ(known.back().nodes.size(), 1U);
    EXPECT_EQ(known.back().nodes[0].port, 7);
}

TEST_F(State, what_is_two_days_old_is_forgotten) {
    Database db = open();
    OverlayMemory memory(db);
    overlay::RollbackMemory::Entry entry;
    for (const std::uint32_t period : {100U, 101U, 102U}) {
        entry.blinded[0] = static_cast<std::uint8_t>(period);
        entry.period = period;
        memory.save_seen(entry);
    }
    EXPECT_EQ(memory.load_seen().size(), 2U);
}

}  // namespace
}  // namespace node
