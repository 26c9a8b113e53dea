// tests/node/daemon/edge_loop_test.cpp - the edge on its loop: answers that come at once and later, and when
// it wakes.
#include "node/daemon/edge_loop.hpp"

#include <gmock/gmock.h>

#include "crypto/name.hpp"
#include "node/routing/delivery_sentence.hpp"
#include "tests/node/daemon/routes_fixture.hpp"
#include "tests/sip/proxy_fixture.hpp"

namespace node {
namespace {

using sip::testing::Request;
using testing::ElementsAre;
using testing::IsEmpty;

const sip::Flow alices = sip::testing::udp_flow("10.0.0.9", 5070);
const sip::Flow bobs = sip::testing::udp_flow("10.0.0.8", 5080);

class EdgeOnItsLoop : public RoutesTest, private EdgeLoop::Host {
protected:
    ~EdgeOnItsLoop() override { edge.reset(); }  // goes before what it borrows

    void start_edge(const std::string& settings = neither_dns_nor_dht) {
        start(settings);
        make_edge();
    }
    void make_edge() {
        edge.reset();
        edge = std::make_unique<EdgeLoop>(
            loop,
            EdgeLoop::Parts{config, identity_, *tables, own, *inbound, *routes,
                            static_cast<EdgeLoop::Host&>(*this)},
            sent, std::vector<sip::Endpoint>{{asio::ip::make_address("0.0.0.0"), 5060}});
        edge->users_changed();
    }
    void phones_changed(const std::string& user) override { changed.push_back(user); }
    std::vector<sip::Binding> phones_of(const std::string& user, sip::Now moment) const override {
        return edge->edge().bindings(user, moment);
    }

    std::string receive(const sip::Flow& flow, const std::string& wire) {
        const auto before = sent.items.size();
        edge->receive(flow, wire);
        return sent.items.size() > before ? sent.items.back().bytes : std::string();
    }
    /// Sends it, answers the challenge, and gives what came then. The password is the name.
    std::string as(const std::string& user, const sip::Flow& flow, Request request) {
        const auto challenge = receive(flow, request.text());
        EXPECT_EQ(sip::testing::status_of(challenge), request.method == "REGISTER" ? 401 : 407) << challenge;
        return receive(flow,
                       sip::testing::EdgeTest::authorized(std::move(request), challenge, user, user).text());
    }
    void registers(const std::string& user, const sip::Flow& flow, const std::string& agent = "test") {
        const auto contact = "<sip:" + user + "@" + sip::to_string(flow.remote) + ">";
        const auto request = sip::testing::EdgeTest::registration(
            contact, ++cseq, "Expires: 600\r\nUser-Agent: " + agent + "\r\n", user);
        EXPECT_EQ(sip::testing::status_of(as(user, flow, request)), 200);
    }
    std::string alice_calls(const std::string& uri) {
        Request invite;
        invite.uri = uri;
        invite.branch += std::to_string(++cseq);
        invite.from = "<sip:alice@home.test>;tag=a1";
        invite.to = "<" + uri + ">";
        invite.more = "Contact: <sip:alice@10.0.0.9:5070>\r\nUser-Agent: test\r\n";
        return as("alice", alices, invite);
    }
    /// INVITEs that went to this address.
    long invites_to(const std::string& remote) const {
        return std::count_if(sent.items.begin(), sent.items.end(), [&](const auto& item) {
            return item.bytes.starts_with("INVITE ") && sip::to_string(item.flow.remote) == remote;
        });
    }
    bool said(int status) const {
        return std::any_of(sent.items.begin(), sent.items.end(),
                           [&](const auto& item) { return sip::testing::status_of(item.bytes) == status; });
    }

    sip::testing::Sent sent;
    std::vector<std::string> changed;
    std::unique_ptr<EdgeLoop> edge;
    unsigned cseq = 0;
};

TEST_F(EdgeOnItsLoop, an_answer_that_comes_at_once_needs_no_turn_of_the_loop) {
    start_edge();
    registers("bob", bobs);
    alice_calls("sip:bob@home.test");
    EXPECT_EQ(invites_to("10.0.0.8:5080"), 1);
    const auto refusal = alice_calls("sip:mallory@home.test");
    EXPECT_EQ(sip::testing::status_of(refusal), 404) << refusal;
}

TEST_F(EdgeOnItsLoop, an_answer_that_comes_later_starts_the_call_and_sets_the_timer) {
    // Not before the 100 has gone out: then the edge would sleep for seconds, but for the answer.
    dns.answer = [this](const auto& question) { return said(100) ? one_address(question) : std::nullopt; };
    start_edge(asking_dns());
    EXPECT_EQ(alice_calls("sip:carol@example.test:5070"), "");
    EXPECT_TRUE(run_until([&] { return invites_to("192.0.2.7:5070") == 1; }));
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(run_until([&] { return invites_to("192.0.2.7:5070") == 3; }))
        << "§17.1.1.2: after T1 and 2*T1";
    EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1400));
}

TEST_F(EdgeOnItsLoop, remembers_for_the_next_call_alone_that_one_led_nowhere) {
    start_edge();
    registers("bob", bobs);
    alice_calls("sip:bob@home.test");
    ASSERT_EQ(invites_to("10.0.0.8:5080"), 1);
    const auto to_bob = std::find_if(sent.items.begin(), sent.items.end(),
                                     [&](const auto& item) { return item.bytes.starts_with("INVITE "); });
    receive(bobs, sip::testing::ProxyTest::respond(to_bob->bytes, 404));
    EXPECT_EQ(edge->led_nowhere(), 1U);
    alice_calls("sip:bob@home.test");
    EXPECT_EQ(edge->led_nowhere(), 0U) << "asked anew, once";
}

TEST_F(EdgeOnItsLoop, an_answer_after_it_is_gone_meets_nobody) {
    start_edge(asking_dns());
    alice_calls("sip:carol@example.test:5070");
    EXPECT_EQ(routes->pending(), 1U);
    dns.answer = one_address;
    edge.reset();
    const auto before = sent.items.size();
    EXPECT_TRUE(run_until([&] { return routes->pending() == 0; })) << "the answer has come";
    EXPECT_EQ(sent.items.size(), before);
}

TEST_F(EdgeOnItsLoop, the_timer_is_set_again_only_for_an_earlier_wake) {
    start_edge();
    registers("alice", alices);
    loop.poll();
    registers("bob", bobs);
    EXPECT_EQ(loop.poll(), 0U) << "a wait that was cancelled would be something to do";
    alice_calls("sip:bob@home.test");
    EXPECT_EQ(loop.poll(), 1U) << "the INVITE is to be repeated in 500 ms";
    EXPECT_TRUE(run_until([&] { return invites_to("10.0.0.8:5080") == 2; }));
}

TEST_F(EdgeOnItsLoop, whose_phones_have_changed_is_told_by_name) {
    start_edge();
    EXPECT_THAT(changed, IsEmpty());
    registers("alice", alices);
    registers("bob", bobs);
    registers("alice", alices);
    EXPECT_THAT(changed, ElementsAre("alice", "bob")) << "a refresh is no change";
    tables->users.remove("bob");
    edge->users_changed();
    EXPECT_THAT(changed, ElementsAre("alice", "bob", "bob"));
    EXPECT_THAT(phones_of("bob", now()), IsEmpty());
}

TEST_F(EdgeOnItsLoop, phones_of_the_run_before_are_told_by_the_first_users_changed) {
    start_edge();
    registers("bob", bobs);
    changed.clear();
    make_edge();
    EXPECT_TRUE(run_until([&] { return !changed.empty(); }));
    EXPECT_THAT(changed, ElementsAre("bob"));
    EXPECT_EQ(phones_of("bob", now()).size(), 1U);
}

TEST_F(EdgeOnItsLoop, each_phone_of_the_caller_is_said_to_be_redirected_or_proxied) {
    start_edge();
    registers("alice", alices, "baresip v3.5.0");
    Trace trace;
    trace.answer = sip::testing::redirect_to("sip:carol@10.0.3.7:5070");
    EXPECT_EQ(edge->deliveries("alice", trace).size(), 1U);
    registers("alice", sip::testing::udp_flow("10.0.0.10", 5070), "other 1.0");
    const auto all = edge->deliveries("alice", trace);
    ASSERT_EQ(all.size(), 2U);
    for (const auto& each : all) {
        const bool follows = each.phone == "alice's baresip v3.5.0";
        EXPECT_TRUE(follows || each.phone == "alice's other 1.0") << each.phone;
        EXPECT_EQ(each.sentence, delivery_sentence(follows ? Passage::followed : Passage::proxied,
                                                   "sip:carol@10.0.3.7:5070"));
    }
    trace.answer.status = 480;
    EXPECT_TRUE(edge->deliveries("alice", trace).empty()) << "there is nothing to deliver";
}

TEST_F(EdgeOnItsLoop, a_transfer_to_a_user_or_a_contact_is_written_with_his_full_name) {
    dns.answer = one_address;
    start_edge(asking_dns());
    const std::string key = crypto::encode_name(own_key());
    tables->contacts.add(make_contact("mum", "12", "sip:mary@example.org", now().wall));
    for (const auto& [dialled, full] :
         std::map<std::string, std::string>{{"bob", "sip:bob@" + key + ".hedge.alt"},
                                            {"mum", "sip:mary@example.org"},
                                            {"12", "sip:mary@example.org"},
                                            {"nobody", "sip:nobody@home.test"}}) {
        Request refer;
        refer.method = "REFER";
        refer.uri = "sip:carol@example.test:5070";
        refer.from = "<sip:alice@home.test>;tag=a" + dialled;
        refer.to = "<sip:carol@example.test>";
        refer.call_id = refer.branch += "refer" + dialled;
        refer.more = "Contact: <sip:alice@10.0.0.9:5070>\r\nRefer-To: <sip:" + dialled + "@home.test>\r\n";
        as("alice", alices, refer);
        std::string went;
        ASSERT_TRUE(run_until([&] {
            for (const auto& item : sent.items) {
                const bool it = item.bytes.starts_with("REFER ") &&
                                sip::testing::field(item.bytes, "Call-ID") == refer.call_id;
                if (it) went = item.bytes;
            }
            return !went.empty();
        }));
        EXPECT_EQ(sip::testing::field(went, "Refer-To"), "<" + full + ">");
    }
}

TEST_F(EdgeOnItsLoop, of_several_phones_of_a_user_of_ours_a_redirect_would_ring_one) {
    start_edge();
    registers("alice", alices, "baresip v3.5.0");
    registers("bob", bobs);
    Trace trace;
    trace.answer = sip::testing::redirect_to("sip:bob@10.0.0.8:5080");
    const auto sentence = [&] { return edge->deliveries("alice", trace).at(0).sentence; };
    EXPECT_EQ(sentence(), delivery_sentence(Passage::followed, "sip:bob@10.0.0.8:5080"));
    registers("bob", sip::testing::udp_flow("10.0.0.11", 5080));
    EXPECT_EQ(sentence(), delivery_sentence(Passage::proxied, "sip:bob@10.0.0.8:5080"));
}

}  // namespace
}  // namespace node
