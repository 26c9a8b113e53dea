// tests/node/inbound/call_policy_test.cpp - who rings and how he is shown, in virtual time.
#include "node/inbound/call_policy.hpp"

#include <gtest/gtest.h>

#include "crypto/name.hpp"
#include "tests/node/scratch.hpp"
#include "tests/node/ticket_makers.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using Kind = sip::InboundVerdict::Kind;

struct Call {
    std::string callee = "bob";
    std::string from = "Alice <sip:alice@192.0.2.1>;tag=1";
    std::string ticket = {};
    std::string address = "192.0.2.1";
    bool exists = true, reachable = true, admitted = true;
    std::string method = "INVITE", id = "1", body = {}, proven = {};

    [[nodiscard]] std::string wire() const {
        return method +
               " sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: " + from +
               "\r\nTo: <sip:bob@192.0.2.2>\r\nCall-ID: " + id + "\r\nCSeq: 1 " + method + "\r\n\r\n" + body;
    }
};

struct InboundTest : ::testing::Test, TwoTicketMakers, CallPolicyHost {
    Scratch scratch;
    Database database{scratch.dir / "state.db", Durability::process_crash};
    WaitingCallers callers{database};
    ContactIndex contacts{
        [](const std::string&, std::chrono::sys_seconds) { return std::optional<crypto::PublicKey>(); }};
    InboundRules rules;
    std::optional<crypto::PublicKey> zone;  // of the other end of every connection
    crypto::PublicKey revoked{};
    bool readable = true;  // whether that can be told
    int written = 0;
    std::unique_ptr<CallPolicy> inbound;

    InboundTest() {
        pass(10min);
        start();
    }
    void start() { inbound = std::make_unique<CallPolicy>(rules, callers, contacts, at_b, *this); }
    crypto::PublicKey owner_of(const std::string&) const override { return b.public_key(); }
    std::optional<crypto::PublicKey> zone_of(const sip::Flow&) const override { return zone; }
    std::optional<bool> is_revoked(const crypto::PublicKey& key) override {
        return readable ? std::optional(key == revoked) : std::nullopt;
    }
    /// The node would write after the verdict, when nobody waits. The test writes.
    void callers_wait() override { ++written; }
    void pass(std::chrono::seconds time) {
        now.steady += time;
        now.wall += time;
    }
    /// Tied to that call.
    std::string ticket_of(const Call& call, crypto::TicketKind kind, const std::string& label = "alice") {
        const std::string wire = call.wire();
        const auto calls = sip::ticket_calls(*sip::MessageView::parse(wire));
        const bool bearer = kind == crypto::TicketKind::bearer;
        return at_a.issue(label, at_b.key(now.wall),
                          {b.public_key(), "bob", kind, bearer ? calls.bearer : calls.passed_on}, now.wall);
    }
    /// Tied to nothing but the From of a Call that says nothing else.
    std::string ticket(const std::string& label = "alice") {
        return ticket_of({}, crypto::TicketKind::bearer, label);
    }
    std::string host() const { return crypto::encode_name(a.public_key()) + ".hedge.alt"; }
    void know_alice_as(const std::string& name) {
        contacts.reload({make_contact(name, std::nullopt, "sip:alice@" + host(), now.wall)});
    }
    sip::InboundVerdict judge(const Call& call) {
        const std::string wire = call.wire();
        const auto message = sip::MessageView::parse(wire);
        sip::Flow flow;
        flow.remote = {asio::ip::make_address(call.address), 5060};
        return inbound->judge({*message, flow, call.callee, call.exists, call.reachable, call.ticket,
                               call.admitted, call.proven},
                              now);
    }
    int rings(int calls, const std::function<Call(int)>& make) {
        int count = 0;
        for (int i = 0; i < calls; ++i)
            count += judge(make(i)).kind == Kind::ring ? 1 : 0;
        return count;
    }
};

TEST_F(InboundTest, a_strangers_first_call_rings_and_is_shown_as_unverified) {
    const auto verdict = judge({});
    EXPECT_EQ(verdict.kind, Kind::ring);
    EXPECT_EQ(verdict.mark.display, "? Alice");
    EXPECT_EQ(verdict.mark.uri, "") << "his own address stays";
    EXPECT_FALSE(verdict.mark.asserted);
}

TEST_F(InboundTest, a_verified_stranger_has_an_address_and_a_contact_the_name_that_the_person_gave) {
    auto verdict = judge({.ticket = ticket()});
    EXPECT_EQ(verdict.kind, Kind::ring);
    EXPECT_EQ(verdict.mark.display, "(new) alice") << "not the name that he gives himself";
    EXPECT_EQ(verdict.mark.uri, "sip:alice@" + host());
    EXPECT_TRUE(verdict.mark.asserted);
    know_alice_as("mum");
    verdict = judge({.ticket = ticket()});
    EXPECT_EQ(verdict.mark.display, "mum");
    EXPECT_TRUE(verdict.mark.asserted);
}

TEST_F(InboundTest, a_forged_From_of_a_contact_is_shown_as_unverified_under_another_address) {
    know_alice_as("mum");
    const auto verdict = judge({.from = "mum <sip:alice@" + host() + ">;tag=1"});
    EXPECT_EQ(verdict.kind, Kind::ring);
    EXPECT_EQ(verdict.mark.display, "? mum");
    EXPECT_EQ(verdict.mark.uri, "sip:alice@unverified.invalid");
    EXPECT_FALSE(verdict.mark.asserted);
}

TEST_F(InboundTest, forged_replayed_stale_and_misdirected_tickets_verify_nobody) {
    know_alice_as("mum");
    const auto used = ticket();
    EXPECT_TRUE(judge({.ticket = used}).mark.asserted);
    EXPECT_EQ(judge({.ticket = used}).mark.display, "? Alice");
    std::string forged = ticket();
    forged[100] = forged[100] == 'A' ? 'B' : 'A';
    EXPECT_EQ(judge({.ticket = forged}).mark.display, "? Alice");
    EXPECT_EQ(judge({.callee = "carol", .ticket = ticket()}).mark.display, "? Alice");
    const auto stale = ticket();
    pass(61s);
    EXPECT_EQ(judge({.ticket = stale}).mark.display, "? Alice");
    EXPECT_TRUE(judge({.ticket = ticket()}).mark.asserted);
}

TEST_F(InboundTest, the_connection_of_an_edge_verifies_nobody_whoever_its_users_say_to_be) {
    know_alice_as("mum");
    zone = a.public_key();
    for (const char* from : {"<sip:alice@evil.example>;tag=1", "<sip:alice@127.0.0.2>;tag=1"}) {
        const auto verdict = judge({.from = from});
        EXPECT_EQ(verdict.mark.display, "? alice") << from;
        EXPECT_FALSE(verdict.mark.asserted);
        EXPECT_FALSE(verdict.mark.known);
    }
    Call king{.from = "<sip:king@evil.example>;tag=1"};
    king.ticket = ticket_of(king, crypto::TicketKind::passed_on);
    const auto verdict = judge(king);
    EXPECT_EQ(verdict.mark.display, "mum") << "the ticket says who, and the connection agrees";
    EXPECT_TRUE(verdict.mark.known);
}

TEST_F(InboundTest, a_ticket_of_another_zone_than_the_connections_verifies_nobody) {
    zone = crypto::PublicKey{7};
    EXPECT_EQ(judge({.ticket = ticket()}).mark.display, "? Alice");
    EXPECT_EQ(inbound->counters().other_zone, 1u);
}

TEST_F(InboundTest, a_passed_on_call_whose_body_was_changed_on_the_way_is_unverified) {
    for (const bool changed : {false, true}) {
        Call call{.body = "v=0\r\nc=IN IP4 192.0.2.1\r\n"};
        call.ticket = ticket_of(call, crypto::TicketKind::passed_on);
        if (changed) call.body.replace(call.body.find("2.1"), 3, "2.9");
        EXPECT_EQ(judge(call).mark.display, changed ? "? Alice" : "(new) alice");
    }
    Call call;
    call.ticket = ticket_of(call, crypto::TicketKind::passed_on);
    call.id = "another";
    EXPECT_EQ(judge(call).mark.display, "? Alice") << "another call";
}

TEST_F(InboundTest, a_bearers_ticket_says_nothing_under_another_From) {
    Call call;
    call.ticket = ticket_of(call, crypto::TicketKind::bearer);
    call.id = "another";
    call.body = "v=0\r\n";
    EXPECT_EQ(judge(call).mark.display, "(new) alice") << "a redirected phone makes its own call of it";
    call.ticket = ticket_of(call, crypto::TicketKind::bearer);
    call.from = "Alice <sip:king@192.0.2.1>;tag=1";
    EXPECT_EQ(judge(call).mark.display, "? Alice");
}

TEST_F(InboundTest, strangers_call_and_write_and_do_nothing_else_to_a_phone) {
    for (const char* method : {"SUBSCRIBE", "NOTIFY", "REFER", "PUBLISH", "FANCY", "UPDATE"}) {
        EXPECT_EQ(judge({.method = method}).kind, Kind::refuse) << method;
        EXPECT_EQ(judge({.ticket = ticket(), .method = method}).kind, Kind::refuse) << method << ", proven";
    }
    for (const char* method : {"INVITE", "MESSAGE"})
        EXPECT_EQ(judge({.method = method}).kind, Kind::ring) << method;
    know_alice_as("mum");
    for (const char* method : {"SUBSCRIBE", "NOTIFY", "REFER", "PUBLISH", "FANCY"})
        EXPECT_EQ(judge({.ticket = ticket(), .method = method}).kind, Kind::ring) << "a contact: " << method;
}

TEST_F(InboundTest, who_has_proved_himself_when_the_dialog_began_is_judged_as_he_now_stands) {
    const std::string uri = "sip:alice@" + host();
    EXPECT_EQ(judge({.method = "REFER", .proven = uri}).kind, Kind::refuse) << "a stranger";
    know_alice_as("mum");
    const auto verdict = judge({.method = "REFER", .proven = uri});
    EXPECT_EQ(verdict.kind, Kind::ring);
    EXPECT_TRUE(verdict.mark.known);
    EXPECT_EQ(judge({.method = "REFER", .proven = "sip:alice@example.org"}).kind, Kind::refuse);
    revoked = a.public_key();
    EXPECT_EQ(judge({.method = "REFER", .proven = uri}).kind, Kind::refuse) << "revoked meanwhile";
}

TEST_F(InboundTest, a_key_that_is_given_up_proves_nothing) {
    know_alice_as("mum");
    revoked = a.public_key();
    EXPECT_EQ(judge({.ticket = ticket()}).mark.display, "? Alice");
    EXPECT_EQ(inbound->counters().revoked, 1u);
}

TEST_F(InboundTest, a_key_of_which_it_cannot_be_told_whether_it_is_given_up_proves_nothing) {
    know_alice_as("mum");
    readable = false;
    EXPECT_EQ(judge({.ticket = ticket()}).mark.display, "? Alice");
    zone = a.public_key();
    EXPECT_EQ(judge({.ticket = ticket()}).mark.display, "? Alice") << "nor with TLS beside it";
    EXPECT_EQ(inbound->counters().unchecked, 2u);
    EXPECT_EQ(inbound->counters().revoked, 0u);
    readable = true;
    zone.reset();
    EXPECT_EQ(judge({.ticket = ticket()}).mark.display, "mum");
}

TEST_F(InboundTest, own_users_of_another_node_ring_whatever_the_policy) {
    rules.strangers = StrangerPolicy::reject;
    start();
    zone = b.public_key();
    Call carol{.from = "<sip:carol@127.0.0.3>;tag=1"};
    EXPECT_EQ(judge(carol).kind, Kind::refuse) << "the connection alone says nothing of who calls";
    carol.ticket = at_b.issue("carol", at_b.key(now.wall),
                              {b.public_key(), "bob", crypto::TicketKind::passed_on,
                               sip::ticket_calls(*sip::MessageView::parse(carol.wire())).passed_on},
                              now.wall);
    const auto verdict = judge(carol);
    EXPECT_EQ(verdict.kind, Kind::ring);
    EXPECT_EQ(verdict.mark.display, "carol");
}

TEST_F(InboundTest, under_ask_only_verified_contacts_ring_and_the_others_wait_for_the_person) {
    rules.strangers = StrangerPolicy::ask;
    start();
    auto verdict = judge({.ticket = ticket()});
    EXPECT_EQ(verdict.kind, Kind::refuse);
    EXPECT_TRUE(verdict.remember) << "a retransmission would come with a used ticket";
    verdict = judge({.from = "\"A\\\"l\" <sip:Al@Example.ORG:5070;x=y>;tag=1"});
    EXPECT_EQ(verdict.kind, Kind::refuse);
    EXPECT_FALSE(verdict.remember);
    EXPECT_EQ(written, 1) << "asked for once";
    EXPECT_TRUE(callers.waiting().empty()) << "nothing is written while somebody waits for an answer";
    inbound->write_notes();
    const auto waiting = callers.waiting();
    ASSERT_EQ(waiting.size(), 2u);
    EXPECT_EQ(waiting[0].caller, "sip:al@example.org");
    EXPECT_EQ(waiting[0].name, "A\"l");
    EXPECT_FALSE(waiting[0].verified);
    EXPECT_EQ(waiting[1].caller, "sip:alice@" + host());
    EXPECT_TRUE(waiting[1].verified);

    know_alice_as("alice");
    EXPECT_EQ(judge({.ticket = ticket()}).kind, Kind::ring);
    EXPECT_EQ(judge({.from = "<sip:alice@" + host() + ">;tag=1"}).kind, Kind::refuse)
        << "a claim is no proof";
}

TEST_F(InboundTest, a_caller_is_noted_under_ask_also_while_no_phone_is_there) {
    rules.strangers = StrangerPolicy::ask;
    start();
    EXPECT_EQ(judge({.ticket = ticket(), .reachable = false}).kind, Kind::refuse);
    inbound->write_notes();
    EXPECT_EQ(callers.waiting().size(), 1u);
    EXPECT_EQ(judge({.callee = "nobody", .exists = false, .reachable = false}).kind, Kind::refuse);
    inbound->write_notes();
    EXPECT_EQ(callers.waiting().size(), 1u) << "a label of nobody";
}

TEST_F(InboundTest, of_a_flood_of_callers_a_few_are_noted_and_one_who_proves_himself_among_them) {
    rules.strangers = StrangerPolicy::ask;
    start();
    for (int second = 0; second < 15; ++second) {
        for (int i = 0; i < 1000; ++i)
            (void)judge({.from = "<sip:x" + std::to_string(1000 * second + i) + "@192.0.2.9>;tag=1"});
        inbound->write_notes();
        pass(1s);
    }
    EXPECT_EQ(callers.waiting().size(), 36u) << "eight at once, and two a second";
    EXPECT_EQ(inbound->counters().unnoted, 15'000u - 36u);
    EXPECT_LE(written, 15);
    (void)judge({.ticket = ticket()});
    inbound->write_notes();
    EXPECT_EQ(callers.waiting().front().caller, "sip:alice@" + host());
}

TEST_F(InboundTest, reject_refuses_and_notes_nothing_and_a_user_may_want_another_policy) {
    rules.strangers = StrangerPolicy::reject;
    start();
    EXPECT_EQ(judge({.ticket = ticket()}).kind, Kind::refuse);
    inbound->write_notes();
    EXPECT_TRUE(callers.waiting().empty());
    database.execute(
        "INSERT INTO user(label, realm, ha1_md5, ha1_sha256, created) VALUES('bob', 'r', '', '', 0)");
    ASSERT_TRUE(callers.set_mode("bob", StrangerPolicy::allow));
    EXPECT_EQ(judge({}).kind, Kind::ring);
}

TEST_F(InboundTest, who_is_blocked_does_not_ring) {
    ASSERT_TRUE(callers.block("sip:alice@" + host(), true, now.wall));
    ASSERT_TRUE(callers.block("sip:eve@192.0.2.1", false, now.wall));
    EXPECT_EQ(judge({.ticket = ticket()}).kind, Kind::refuse);
    EXPECT_EQ(judge({.from = "<sip:Eve@192.0.2.1:5070>;tag=1"}).kind, Kind::refuse);
    EXPECT_EQ(judge({.ticket = ticket("eve")}).kind, Kind::ring);
}

TEST_F(InboundTest, a_thousand_strangers_ring_no_more_often_than_configured) {
    rules.stranger_rings = 4;
    start();
    const auto from = [](int i) {
        return Call{.address = "127." + std::to_string(i % 200) + ".3." + std::to_string(1 + i / 200)};
    };
    EXPECT_EQ(rings(1000, from), 4);
    pass(15s);
    EXPECT_EQ(rings(1000, from), 1);
    EXPECT_EQ(judge({.callee = "carol", .address = "192.0.2.99"}).kind, Kind::ring)
        << "each user for himself";
    know_alice_as("mum");
    EXPECT_EQ(judge({.ticket = ticket()}).kind, Kind::ring) << "contacts are not held up by strangers";
}

TEST_F(InboundTest, one_caller_rings_no_more_often_than_configured_a_contact_too) {
    rules.caller_rings = 3;
    rules.stranger_rings = 1000;
    start();
    know_alice_as("mum");
    EXPECT_EQ(rings(50, [&](int) { return Call{.ticket = ticket()}; }), 3);
    EXPECT_EQ(
        rings(20, [&](int i) { return Call{.callee = "u" + std::to_string(i), .address = "198.51.100.7"}; }),
        3)
        << "an address, whomever it calls";
    pass(20s);
    EXPECT_EQ(rings(50, [&](int) { return Call{.ticket = ticket()}; }), 1);
}

TEST_F(InboundTest, all_that_does_not_ring_is_refused_alike_so_that_the_gate_tells_no_label_apart) {
    rules.strangers = StrangerPolicy::reject;
    start();
    for (const Call& call :
         {Call{.callee = "nobody", .exists = false, .reachable = false}, Call{}, Call{.reachable = false}}) {
        const auto verdict = judge(call);
        EXPECT_EQ(verdict.kind, Kind::refuse);
        EXPECT_FALSE(verdict.known);
    }
}

TEST_F(InboundTest, from_a_silenced_address_only_the_known_are_heard) {
    EXPECT_EQ(judge({.admitted = false}).kind, Kind::ignore);
    auto verdict = judge({.ticket = ticket(), .admitted = false});
    EXPECT_EQ(verdict.kind, Kind::ignore) << "proven, and a stranger";
    EXPECT_TRUE(verdict.proven);
    know_alice_as("mum");
    verdict = judge({.ticket = ticket(), .admitted = false});
    EXPECT_EQ(verdict.kind, Kind::ring);
    EXPECT_TRUE(verdict.known);
    verdict = judge({.ticket = ticket(), .reachable = false, .admitted = false});
    EXPECT_EQ(verdict.kind, Kind::refuse);
    EXPECT_TRUE(verdict.known) << "she is told so";
}

TEST_F(InboundTest, odd_claims_are_shown_as_what_can_be_shown) {
    EXPECT_EQ(judge({.from = "<sip:192.0.2.9>;tag=1"}).mark.display, "? 192.0.2.9");
    EXPECT_EQ(judge({.from = "\"\" <sip:%01@192.0.2.9>;tag=1", .address = "192.0.2.3"}).mark.display,
              "? 192.0.2.9");
    EXPECT_EQ(judge({.from = "<tel:+1234>;tag=1", .address = "192.0.2.4"}).mark.display, "? unknown");
}

}  // namespace
}  // namespace node
