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
    std::string ticket(const std::string& label = "alice") {
        return at_a.issue(label, at_b.key(now.wall), {b.public_key(), "bob"}, now.wall);
    }
    std::string host() const { return crypto::encode_name(a.public_key()) + ".hedge.alt"; }
    void know_alice_as(const std::string& name) {
        contacts.reload({make_contact(name, std::nullopt, "sip:alice@" + host(), now.wall)});
    }
    sip::InboundVerdict judge(const Call& call) {
        const std::string wire =
            "INVITE sip:bob@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: " +
            call.from + "\r\nTo: <sip:bob@192.0.2.2>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n";
        const auto message = sip::MessageView::parse(wire);
        sip::Flow flow;
        flow.remote = {asio::ip::make_address(call.address), 5060};
        return inbound->judge(
            {*message, flow, call.callee, call.exists, call.reachable, call.ticket, call.admitted}, now);
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
    EXPECT_EQ(verdict.mark.display, "alice (new)") << "not the name that he gives himself";
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

TEST_F(InboundTest, the_zone_of_the_connection_verifies_the_user_of_From) {
    zone = a.public_key();
    const auto verdict = judge({.from = "<sip:Alice@127.0.0.2>;tag=1"});
    EXPECT_EQ(verdict.mark.display, "alice (new)");
    EXPECT_EQ(verdict.mark.uri, "sip:alice@" + host());
    EXPECT_FALSE(judge({.from = "<sip:a%20b@127.0.0.2>;tag=1"}).mark.asserted) << "no label";
    const auto hidden =
        judge({.from = "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\nPrivacy: id"});
    EXPECT_EQ(hidden.mark.display, "? Anonymous");
    EXPECT_EQ(judge({.from = "<sip:alice@127.0.0.2>;tag=1\r\nPrivacy: id"}).mark.display, "? alice");
    pass(60s);
    EXPECT_EQ(judge({.from = "<sip:anonymous@anonymous.invalid>;tag=1"}).mark.display, "? anonymous");
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
    EXPECT_EQ(judge({.from = "<sip:alice@127.0.0.2>;tag=1"}).mark.display, "? alice") << "nor by TLS";
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
    const auto verdict = judge({.from = "<sip:carol@127.0.0.3>;tag=1"});
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
              "? unknown");
    EXPECT_EQ(judge({.from = "<tel:+1234>;tag=1", .address = "192.0.2.4"}).mark.display, "? unknown");
}

}  // namespace
}  // namespace node
