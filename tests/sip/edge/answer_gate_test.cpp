// tests/sip/edge/answer_gate_test.cpp - who gets an answer, in virtual time: the gate by itself, and at the
// edge every kind of answer.
#include "sip/edge/answer_gate.hpp"

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {
namespace {

struct GateTest : ::testing::Test {
    AnswerGate gate{60};
    Now now{std::chrono::steady_clock::time_point{1000h}, std::chrono::sys_seconds{1'800'000'000s}};

    void pass(std::chrono::seconds time) {
        now.steady += time;
        now.wall += time;
    }
    bool admits(const Flow& flow, const std::string& agent = {}) {
        Request request;
        if (!agent.empty()) request.more = "User-Agent: " + agent + "\r\n";
        const std::string wire = request.text();
        return gate.admits(*MessageView::parse(wire), flow, now.steady);
    }
    int admitted(int tries, const Flow& flow) {
        int count = 0;
        for (int i = 0; i < tries; ++i)
            count += admits(flow) ? 1 : 0;
        return count;
    }
    int admitted(int tries, const char* address = "192.0.2.66") { return admitted(tries, udp_flow(address)); }
    /// How many of so many wrong passwords were looked at.
    int looked(int tries, const Flow& flow, const std::string& account, bool proven = true) {
        int count = 0;
        for (int i = 0; i < tries; ++i) {
            const Guess guess{flow, account, proven};
            if (!gate.may_look(guess, now)) continue;
            gate.was_wrong(guess, now);
            ++count;
        }
        return count;
    }
    std::optional<Home> log_in(const Flow& flow, const std::string& account) {
        return gate.logged_in({flow, account, true}, now);
    }
};

TEST_F(GateTest, at_first_there_are_answers_then_silence_then_answers_again) {
    EXPECT_EQ(admitted(1000), 60);
    EXPECT_EQ(gate.counters().silent, 940u);
    pass(1s);
    EXPECT_EQ(admitted(1000), 1);
    pass(1min);
    EXPECT_EQ(admitted(1000), 60);
}

TEST_F(GateTest, a_source_is_an_IPv4_address_or_an_IPv6_slash_64) {
    EXPECT_EQ(admitted(1000, "192.0.2.66"), 60);
    EXPECT_EQ(admitted(1000, "192.0.2.67"), 60);
    EXPECT_EQ(admitted(1000, "::ffff:192.0.2.66"), 0);
    EXPECT_EQ(admitted(1000, "2001:db8::1"), 60);
    EXPECT_EQ(admitted(1000, "2001:db8::ffff:1"), 0);
    EXPECT_EQ(admitted(1000, "2001:db8:0:1::1"), 60);
}

TEST_F(GateTest, who_came_by_TCP_is_always_answered_whatever_is_sent_in_his_name_over_UDP) {
    EXPECT_EQ(admitted(1000), 60);
    EXPECT_EQ(admitted(1000, tcp_flow("192.0.2.66")), 1000);
}

TEST_F(GateTest, a_home_is_always_answered_for_30_days_and_over_restarts) {
    const auto home = log_in(udp_flow("192.0.2.66"), "alice");
    ASSERT_TRUE(home);
    EXPECT_EQ(admitted(1000), 1000);
    pass(24h * 29);
    EXPECT_EQ(admitted(1000), 1000);
    AnswerGate restarted(60);
    restarted.remember({*home}, now);
    EXPECT_TRUE(restarted.admits(udp_flow("192.0.2.66"), StrangerAct::asked, now.steady));
    pass(24h);
    EXPECT_EQ(admitted(1000), 60);
    int answered = 0;
    for (int i = 0; i < 1000; ++i)
        answered += restarted.admits(udp_flow("192.0.2.66"), StrangerAct::asked, now.steady) ? 1 : 0;
    EXPECT_EQ(answered, 60) << "what is remembered grows no younger by a restart";
}

TEST_F(GateTest, a_home_is_told_once_a_day_for_each_account) {
    const auto flow = udp_flow("2001:db8::5");
    EXPECT_EQ(log_in(flow, "alice"), (Home{asio::ip::make_address("2001:db8::"), "alice", now.wall}));
    EXPECT_FALSE(log_in(flow, "alice"));
    EXPECT_TRUE(log_in(flow, "bob"));
    pass(24h);
    EXPECT_TRUE(log_in(flow, "alice"));
}

TEST_F(GateTest, wrong_passwords_are_few_for_a_source_and_an_account) {
    EXPECT_EQ(looked(1000, udp_flow("192.0.2.66"), "alice"), 12);
    EXPECT_EQ(looked(1000, tcp_flow("192.0.2.66"), "alice"), 0) << "by whatever way";
    EXPECT_EQ(looked(1000, udp_flow("192.0.2.66"), "bob"), 12) << "the other phone of that home";
    EXPECT_EQ(looked(1000, udp_flow("192.0.2.67"), "alice"), 12);
    int all = 0;
    for (int i = 0; i < 100; ++i)
        all += looked(100, udp_flow("192.0.2.68"), "user" + std::to_string(i));
    EXPECT_EQ(all, 60) << "of one source, whatever the accounts";
    pass(1min);
    EXPECT_EQ(looked(1000, udp_flow("192.0.2.66"), "alice"), 12);
}

TEST_F(GateTest, what_can_be_forged_shuts_out_nobody) {
    EXPECT_EQ(looked(1000, udp_flow("192.0.2.66"), "alice", false), 12);
    EXPECT_TRUE(gate.may_look({udp_flow("192.0.2.66"), "alice", true}, now))
        << "with a nonce that was sent to that very address";
    for (int i = 0; i < 200; ++i)
        EXPECT_EQ(looked(100, udp_flow(("198.51.100." + std::to_string(i)).c_str()), "bob", false), 12);
    EXPECT_TRUE(gate.may_look({udp_flow("192.0.2.99"), "bob", true}, now));
}

TEST_F(GateTest, many_sources_that_guess_at_one_account_do_not_shut_out_its_homes) {
    (void)log_in(udp_flow("192.0.2.5"), "alice");
    int all = 0;
    for (int i = 0; i < 250; ++i)
        all += looked(100, udp_flow(("198.51.100." + std::to_string(i)).c_str()), "alice");
    EXPECT_EQ(all, 120);
    EXPECT_FALSE(gate.may_look({udp_flow("203.0.113.1"), "alice", true}, now)) << "from somewhere new";
    EXPECT_TRUE(gate.may_look({udp_flow("203.0.113.1"), "bob", true}, now));
    EXPECT_TRUE(gate.may_look({udp_flow("192.0.2.5"), "alice", true}, now)) << "where her phone is";
}

TEST_F(GateTest, tickets_that_fail_are_few_and_those_over_UDP_are_not_those_over_TCP) {
    int opened = 0;
    for (int i = 0; i < 1000; ++i) {
        if (!gate.may_open_ticket(udp_flow("192.0.2.66"), now.steady)) continue;
        gate.ticket_failed(udp_flow("192.0.2.66"), now.steady);
        ++opened;
    }
    EXPECT_EQ(opened, 12);
    EXPECT_TRUE(gate.may_open_ticket(tcp_flow("192.0.2.66"), now.steady));
    EXPECT_TRUE(gate.may_open_ticket(udp_flow("192.0.2.67"), now.steady));
}

TEST_F(GateTest, scanners_get_nothing_from_the_first_packet_on) {
    for (const char* agent : {"friendly-scanner", "SIPVicious 0.3", "sipcli/v1.8", "VaxSIPUserAgent/3.5"}) {
        EXPECT_FALSE(admits(udp_flow("192.0.2.1"), agent)) << agent;
        EXPECT_FALSE(admits(tcp_flow("192.0.2.1"), agent)) << agent;
    }
    EXPECT_EQ(gate.counters().scanners, 8u);
    for (const char* agent : {"baresip v1.0.0", "Linphone/5.1.65", "Linphone Desktop (friendly)"})
        EXPECT_TRUE(admits(udp_flow("192.0.2.1"), agent)) << agent;
}

TEST_F(GateTest, of_too_many_homes_the_oldest_is_forgotten) {
    for (int i = 0; i < 5'000; ++i)
        (void)log_in(
            udp_flow(("10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1").c_str()),
            "alice");
    EXPECT_EQ(admitted(100, "10.19.249.1"), 100);
    EXPECT_EQ(admitted(100, "10.0.0.1"), 60);
}

// --- at the edge

/// A stranger at 192.0.2.66 who is silenced after two answers, and a phone at the same address.
struct GatedEdgeTest : ProxyTest {
    const Flow stranger = udp_flow("192.0.2.66", 5060), by_tcp = tcp_flow("192.0.2.66");
    int serial = 0;

    GatedEdgeTest() {
        config.source_requests = 2;
        start();
    }
    Request request_of(const std::string& method, const std::string& uri) {
        Request request = call("z9hG4bKg" + std::to_string(++serial));
        request.method = method;
        request.uri = uri;
        return request;
    }
    int answers_to(const Flow& flow, const std::string& wire) {
        const auto before = sent.items.size();
        edge->receive(flow, wire, now);
        return static_cast<int>(sent.items.size() - before);
    }
};

TEST_F(GatedEdgeTest, every_kind_of_answer_passes_the_gate) {
    Request malformed = request_of("INVITE", "sip:bob@home.test");
    std::string bad = malformed.text();
    bad.replace(bad.find("CSeq: 1"), 7, "CSeq: x");
    Request in_a_dialog = request_of("BYE", "sip:bob@home.test");
    in_a_dialog.to += ";tag=none";
    Request no_hops = request_of("INVITE", "sip:bob@home.test");
    std::string spent = no_hops.text();
    spent.replace(spent.find("Forwards: 70"), 12, "Forwards: 0");
    Request proxied = request_of("INVITE", "sip:bob@home.test");
    proxied.more = "Proxy-Require: foo\r\n";
    const std::map<std::string, std::string> kinds = {
        {"400", bad},
        {"401", registration("<sip:alice@10.0.0.9>").text()},
        {"407 of a claim",
         [&] {
             Request claim = request_of("INVITE", "sip:bob@example.net");
             claim.from = "<sip:alice@home.test>;tag=1";
             return claim.text();
         }()},
        {"403", request_of("REGISTER", "sip:elsewhere.test").text()},
        {"404", request_of("INVITE", "sip:nobody@home.test").text()},
        {"405", request_of("MESSAGE", "sip:home.test").text()},
        {"416", request_of("INVITE", "tel:+123").text()},
        {"420", proxied.text()},
        {"480", request_of("INVITE", "sip:bob@home.test").text()},
        {"481", in_a_dialog.text()},
        {"481 to a CANCEL", request_of("CANCEL", "sip:bob@home.test").text()},
        {"483", spent},
        {"501", request_of("FROBNICATE", "sip:bob@home.test").text()},
        {"OPTIONS", request_of("OPTIONS", "sip:home.test").text()},
    };
    for (const auto& [kind, wire] : kinds) {
        start();
        EXPECT_EQ(answers_to(stranger, wire), 1) << kind;
        (void)answers_to(stranger, request_of("OPTIONS", "sip:home.test").text());
        EXPECT_EQ(answers_to(stranger, wire), 0) << kind << ", also what was answered before";
        EXPECT_FALSE(edge->admits(stranger, now)) << "STUN has the same bucket";
        EXPECT_EQ(answers_to(by_tcp, wire), 1) << kind << " by TCP";
    }
}

TEST_F(GatedEdgeTest, no_password_is_looked_at_without_a_token_the_right_one_neither) {
    config.source_requests = 60;
    start();
    int refused = 0, silent = 0;
    for (int i = 0; i < 40; ++i) {
        const Request request = registration("<sip:alice@10.0.0.9>");
        const auto refusal = receive(by_tcp, request.text());
        const auto answer = receive(by_tcp, authorized(request, refusal, "alice", "guess").text());
        refused += status_of(answer) == 401 ? 1 : 0;
        silent += status_of(answer) == 503 ? 1 : 0;
    }
    EXPECT_EQ(refused, 12);
    EXPECT_EQ(silent, 28);
    EXPECT_EQ(edge->counters().credentials_refused, 12u);
    const Request request = registration("<sip:alice@10.0.0.9>");
    const auto refusal = receive(by_tcp, request.text());
    EXPECT_EQ(status_of(receive(by_tcp, authorized(request, refusal).text())), 503) << "the right one";
    EXPECT_EQ(field(sent.items.back().bytes, "Retry-After"), "60");
    // Elsewhere, and of another account here, phones log in.
    phone = udp_flow("192.0.2.5");
    EXPECT_EQ(status_of(register_alice("<sip:alice@192.0.2.5>")), 200);
    phone = by_tcp;
    EXPECT_EQ(status_of(register_bob("<sip:bob@192.0.2.66>")), 200);
    pass(1min);
    EXPECT_EQ(status_of(register_alice("<sip:alice@10.0.0.9>")), 200);
}

TEST_F(GatedEdgeTest, what_is_sent_in_the_name_of_a_home_silences_no_phone_there) {
    config.source_requests = 10;
    start();
    phone = udp_flow("192.0.2.66", 5070);
    ASSERT_EQ(status_of(register_alice("<sip:alice@192.0.2.66:5070>")), 200);
    ASSERT_EQ(host.homes.size(), 1u);
    start();
    edge->remember(host.homes, now);
    Request forged = registration("<sip:thief@192.0.2.99>");
    forged.more +=
        "Authorization: Digest username=\"alice\", realm=\"hedgewitch\", nonce=\"made up\", "
        "uri=\"sip:home.test\", response=\"00\", cnonce=\"c\", qop=auth, nc=00000001\r\n";
    for (int i = 0; i < 100; ++i) {
        forged.branch = "z9hG4bKforged" + std::to_string(i);
        (void)answers_to(stranger, forged.text());
        (void)answers_to(stranger, request_of("OPTIONS", "sip:home.test").text());
        (void)answers_to(stranger, request_of("INVITE", "sip:nobody@home.test").text());
    }
    EXPECT_LE(edge->counters().credentials_refused, 2u);
    EXPECT_EQ(status_of(register_alice("<sip:alice@192.0.2.66:5070>", 2)), 200);
}

TEST_F(GatedEdgeTest, a_nonce_is_good_only_where_it_was_sent) {
    config.source_requests = 10;
    start();
    const Request request = registration("<sip:alice@10.0.0.9>");
    const auto refusal = receive(udp_flow("192.0.2.9"), request.text());
    const auto elsewhere = receive(udp_flow("192.0.2.10"), authorized(request, refusal).text());
    EXPECT_EQ(status_of(elsewhere), 401);
    EXPECT_NE(field(elsewhere, "WWW-Authenticate").find("stale=true"), std::string::npos);
    EXPECT_EQ(status_of(receive(udp_flow("192.0.2.9", 40000), authorized(request, refusal).text())), 200);
}

TEST_F(GatedEdgeTest, from_a_silenced_address_only_a_ticket_that_may_be_opened_is_judged) {
    config.judges_strangers = true;
    config.source_requests = 10;  // two tickets
    start();
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    int judged = 0;
    bool known = false;
    host.judgement = [&](const InboundCall& inbound) {
        ++judged;
        InboundVerdict verdict;
        verdict.proven = verdict.known = known && !inbound.ticket.empty();
        if (!inbound.admitted && !verdict.known) verdict.kind = InboundVerdict::Kind::ignore;
        return verdict;
    };
    for (int i = 0; i < 20; ++i)
        (void)answers_to(stranger, request_of("OPTIONS", "sip:home.test").text());
    const std::string with_ticket = "sip:bob@home.test;tk=ticket";
    EXPECT_EQ(answers_to(stranger, request_of("INVITE", "sip:bob@home.test").text()), 0);
    EXPECT_EQ(judged, 0);
    known = true;
    const Request good = request_of("INVITE", with_ticket);
    EXPECT_GE(answers_to(stranger, good.text()), 1) << "a contact";
    EXPECT_EQ(status_of(last_to(stranger)), 100);
    EXPECT_EQ(answers_to(stranger, good.text()), 1) << "what he says again is answered again";
    EXPECT_EQ(judged, 1);
    known = false;
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(answers_to(stranger, request_of("INVITE", with_ticket).text()), 0);
    EXPECT_EQ(judged, 3) << "of a thousand forged ones two were opened";
}

TEST_F(GatedEdgeTest, a_dialog_that_is_under_way_needs_no_tokens) {
    config.source_requests = 10;
    start();
    bob_has(tcp_flow("10.0.0.5"), "<sip:bob@10.0.0.5:5062;transport=tcp>");
    send(caller, call().text());
    send(desk, respond(last_to(tcp_flow("10.0.0.5")), 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n"));
    const std::string ok = last_to(caller);
    ASSERT_EQ(status_of(ok), 200);
    ASSERT_NE(field(ok, "Record-Route"), "");
    for (int i = 0; i < 20; ++i)
        (void)answers_to(caller, request_of("OPTIONS", "sip:home.test").text());
    send(caller, in_dialog("BYE", ok, "sip:bob@10.0.0.5:5062").text());
    EXPECT_TRUE(last_to(tcp_flow("10.0.0.5")).starts_with("BYE ")) << last_to(caller);
    Request elsewhere = in_dialog("INFO", ok, "sip:bob@10.0.0.5:5062");
    for (int i = 0; i < 20; ++i)
        (void)answers_to(stranger, request_of("OPTIONS", "sip:home.test").text());
    EXPECT_EQ(answers_to(stranger, elsewhere.text()), 0) << "in whose name the same is sent";
}

/// For each kind of answer over UDP: bytes out, by bytes in.
TEST_F(GatedEdgeTest, no_answer_to_the_unproven_is_more_than_three_times_what_came) {
    config.source_requests = 1e6;
    config.domains = {key_name, "h.t"};
    start();
    users.users["b"] = credentials_of("b", "hedgewitch", "builder");
    std::size_t kinds = 0;
    for (const std::string method : {"REGISTER", "INVITE", "OPTIONS", "MESSAGE", "BYE", "CANCEL", "X"}) {
        for (const std::string uri : {"sip:h.t", "sip:b@h.t", "sip:n@h.t", "tel:1", "sip:b@e.t", "s:"}) {
            // As short as a request can be.
            const std::string branch = "z9hG4bK" + std::to_string(++kinds);
            const auto wire = [&](const std::string& call_id) {
                return method + " " + uri + " SIP/2.0\r\nv:SIP/2.0/UDP a;branch=" + branch +
                       "\r\nf:<sip:b@h.t>;tag=1\r\nt:<sip:b@h.t>\r\ni:" + call_id + "\r\nCSeq:1 " + method +
                       "\r\nProxy-Require:a\r\n\r\n";
            };
            for (const std::string& text : {wire(std::string(200, 'i')), wire("1"), wire("1"), wire("1")}) {
                const auto before = sent.items.size();
                edge->receive(stranger, text, now);
                std::size_t out = 0;
                for (std::size_t i = before; i < sent.items.size(); ++i)
                    out += sent.items[i].bytes.size();
                // What is left of a longer one may come with a shorter one: in all no more than three times.
                EXPECT_LE(out, 3 * text.size() + 3 * 200) << text;
            }
        }
    }
    std::size_t in = 0, out = 0;
    for (int i = 0; i < 50; ++i) {
        const std::string text =
            "REGISTER sip:h.t SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bKr\r\n"
            "f:<sip:b@h.t>;tag=1\r\nt:<sip:b@h.t>\r\ni:" +
            std::string(i == 0 ? 200 : 1, 'i') + "\r\nCSeq:1 REGISTER\r\n\r\n";
        const auto before = sent.items.size();
        edge->receive(udp_flow("192.0.2.67"), text, now);
        in += text.size();
        for (std::size_t j = before; j < sent.items.size(); ++j)
            out += sent.items[j].bytes.size();
    }
    EXPECT_LE(out, 3 * in) << "a 401 said again to shorter requests of the same branch";
    EXPECT_GT(edge->withheld(), 0u);
}

}  // namespace
}  // namespace sip::testing
