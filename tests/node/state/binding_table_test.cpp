// tests/node/state/binding_table_test.cpp - bindings outlive the process, also kill -9.
#include "node/state/binding_table.hpp"

#include <sys/wait.h>
#include <unistd.h>

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

TEST_F(Bindings, what_was_replaced_before_kill_9_is_there_after_it) {
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

}  // namespace
}  // namespace node
