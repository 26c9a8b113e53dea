// tests/node/state/binding_table_test.cpp - bindings outlive the process, also kill -9.
#include "node/state/binding_table.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "node/addresses.hpp"
#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

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

class Bindings : public StateTest {};

TEST_F(Bindings, bindings_come_back_field_by_field_in_their_order) {
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

TEST_F(Bindings, a_binding_forgets_its_connection_because_numbers_start_anew) {
    Database db = open();
    BindingTable table(db);
    auto binding = phone("sip:bob@192.0.2.9;transport=tcp");
    binding.flow.transport = sip::Transport::tcp;
    binding.flow.connection = 17;
    ASSERT_TRUE(table.replace("bob", {binding}));
    EXPECT_EQ(table.load().at("bob").at(0).flow.connection, 0U);
}

TEST_F(Bindings, what_was_written_before_an_answer_left_is_there_after_kill_9) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        Database db = open();
        BindingTable table(db);
        const bool kept = table.replace("bob", {phone("sip:bob@192.0.2.9")});
        table.write_new();
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

// The disk is full, it has become read-only, another connection holds the lock: to the phone it is all one.
struct Trouble {
    const char *name, *begin, *end;
};
class BindingsInTrouble : public StateTest, public testing::WithParamInterface<Trouble> {};

TEST_P(BindingsInTrouble, what_cannot_be_written_is_kept_told_and_written_when_it_can_be) {
    Database db = open();
    BindingTable table(db);
    ASSERT_TRUE(table.replace("bob", {phone("sip:old@192.0.2.1")}));
    table.write_new();
    EXPECT_FALSE(table.fails());
    db.execute(GetParam().begin);
    std::vector<sip::Binding> many(200, phone("sip:bob@192.0.2.9;x=" + std::string(200, 'x')));
    EXPECT_TRUE(table.replace("bob", many)) << "the phone rings";
    table.write_new();
    EXPECT_TRUE(table.fails());
    EXPECT_TRUE(table.replace("carol", {phone("sip:carol@192.0.2.3")}));
    table.write_new();
    EXPECT_EQ(table.waiting(), 2U);
    EXPECT_NE(db.fault().find("state.db"), std::string::npos) << db.fault();
    table.write_waiting();
    EXPECT_EQ(table.waiting(), 2U);
    db.execute(GetParam().end);
    table.write_waiting();
    EXPECT_EQ(table.waiting(), 0U);
    EXPECT_EQ(db.fault(), "");
    EXPECT_EQ(table.load().at("bob").size(), 200U);
    EXPECT_EQ(table.load().at("carol").size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, BindingsInTrouble,
    testing::Values(Trouble{"full", "PRAGMA max_page_count = 1", "PRAGMA max_page_count = 100000"},
                    Trouble{"read_only", "PRAGMA query_only = 1", "PRAGMA query_only = 0"}),
    [](const auto& kind) { return std::string(kind.param.name); });

TEST_F(Bindings, all_that_came_since_the_last_write_is_one_transaction) {
    Database db = open(), other = open();
    const auto number = [&other](const char* sql) {
        auto statement = other.prepare(sql);
        return statement.step() ? statement.number(0) : -1;
    };
    BindingTable table(db);
    const auto version = number("PRAGMA data_version");  // another with each commit of another connection
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(table.replace("user" + std::to_string(i), {phone("sip:bob@192.0.2.9")}));
    EXPECT_EQ(number("PRAGMA data_version"), version);
    EXPECT_EQ(number("SELECT count(*) FROM binding"), 0);
    table.write_new();
    EXPECT_EQ(number("SELECT count(*) FROM binding"), 100);
    EXPECT_EQ(table.waiting(), 0U);
    const auto written = number("PRAGMA data_version");
    table.write_new();
    EXPECT_EQ(number("PRAGMA data_version"), written) << "nothing new, nothing written";
}

TEST_F(Bindings, what_nobody_asked_to_write_is_written_at_the_end) {
    {
        Database db = open();
        BindingTable table(db);
        ASSERT_TRUE(table.replace("bob", {phone("sip:bob@192.0.2.9")}));
    }
    Database db = open();
    EXPECT_EQ(BindingTable(db).load().size(), 1U);
}

TEST_F(Bindings, another_writer_is_waited_for_once_and_not_for_each_phone) {
    Database db = open(), other = open();
    db.wait_at_most(loop_patience);
    BindingTable table(db);
    const auto began = std::chrono::steady_clock::now();
    {
        const Transaction writing(other);
        for (int i = 0; i < 100; ++i) {
            ASSERT_TRUE(table.replace("user" + std::to_string(i), {phone("sip:bob@192.0.2.9")}));
            table.write_new();
        }
        EXPECT_LT(std::chrono::steady_clock::now() - began, 20 * loop_patience);
        EXPECT_EQ(table.waiting(), 100U);
    }
    table.write_waiting();
    EXPECT_EQ(table.load().size(), 100U);
}

TEST_F(Bindings, a_transaction_inside_another_counts_when_the_outer_one_does) {
    Database db = open();
    BindingTable table(db);
    {
        const Transaction outer(db);
        ASSERT_TRUE(table.replace("bob", {phone("sip:bob@192.0.2.9")}));
        EXPECT_EQ(table.load().size(), 1U);
    }
    EXPECT_EQ(table.load().size(), 0U);
    {
        Transaction outer(db);
        { const Transaction given_up(db); }
        ASSERT_TRUE(table.replace("bob", {phone("sip:bob@192.0.2.9")}));
        outer.commit();
    }
    EXPECT_EQ(table.load().size(), 1U);
}

}  // namespace
}  // namespace node
