// tests/node/reach/dial_back_test.cpp - whom an edge dials back, and a question and its call over real
// sockets.
#include "node/reach/dial_back.hpp"

#include <gtest/gtest.h>

#include "crypto/base32.hpp"
#include "node/addresses.hpp"
#include "node/reach/dial_back_driver.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/syntax/message.hpp"
#include "tests/node/reach/witness.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

const std::string id = "abcdefghijklmnopqrstuvw2";

DialBackWish wish(const char* to) {
    return {id, *parse_transport_address(to)};
}

sip::Flow from(const char* remote, sip::Transport transport = sip::Transport::tcp) {
    sip::Flow flow;
    flow.transport = transport;
    flow.local = *parse_endpoint("198.51.100.1:5060");
    flow.remote = *parse_endpoint(remote);
    if (flow.remote.address.is_v6()) flow.local = *parse_endpoint("[2001:db8::1]:5060");
    return flow;
}

TEST(DialBackText, is_read_back_the_same) {
    for (const char* to : {"udp:203.0.113.5:5060", "tcp:[2001:db8::5]:5060", "tls:203.0.113.5:5061"}) {
        EXPECT_EQ(parse_dial_back(to_text(wish(to))), wish(to));
    }
}

TEST(DialBackText, anything_else_is_refused) {
    for (const std::string& text :
         {std::string(), id, id + ";to=", id + ";to=203.0.113.5:5060", id + ";to=sctp:203.0.113.5:5060",
          id + ";to=wss:203.0.113.5:8443", id.substr(1) + ";to=udp:203.0.113.5:5060",
          "A" + id.substr(1) + ";to=udp:203.0.113.5:5060", id + ";to=udp:203.0.113.5:70000",
          id + ";to=udp:host.example:5060", id + ";at=udp:203.0.113.5:5060"})
        EXPECT_FALSE(parse_dial_back(text)) << text;
}

class Limits : public testing::Test {
protected:
    bool admits(const sip::Flow& flow, const char* to) { return limits.admit(flow, wish(to), now); }
    DialBackLimits limits;
    DialBackLimits::Time now{1000h};
};

TEST_F(Limits, calls_back_the_address_that_asks_on_any_port_of_a_phones) {
    EXPECT_TRUE(admits(from("203.0.113.5:40001"), "udp:203.0.113.5:5060"));
    EXPECT_TRUE(admits(from("203.0.113.5:40002"), "tcp:203.0.113.5:5060"));
    EXPECT_TRUE(admits(from("[2001:db8:7::7]:40003"), "udp:[2001:db8:7::7]:5060"));
    EXPECT_EQ(limits.counters().called, 3U);
}

TEST_F(Limits, never_calls_a_third) {
    EXPECT_FALSE(admits(from("203.0.113.5:40001"), "udp:203.0.113.6:5060"));
    EXPECT_FALSE(admits(from("[2001:db8:7::7]:40003"), "udp:[2001:db8:7::8]:5060")) << "not even a neighbour";
    EXPECT_EQ(limits.counters().refused, 2U);
}

TEST_F(Limits, believes_no_source_that_could_be_forged) {
    EXPECT_FALSE(admits(from("203.0.113.5:5060", sip::Transport::udp), "udp:203.0.113.5:5060"));
}

TEST_F(Limits, calls_no_private_address_and_no_other_services_port) {
    EXPECT_FALSE(admits(from("192.168.1.7:40001"), "udp:192.168.1.7:5060"));
    EXPECT_FALSE(admits(from("127.0.0.1:40001"), "udp:127.0.0.1:5060"));
    EXPECT_FALSE(admits(from("203.0.113.5:40001"), "udp:203.0.113.5:53"));
}

TEST_F(Limits, six_at_once_then_one_in_five_seconds_for_each_source) {
    for (int i = 0; i < 6; ++i)
        EXPECT_TRUE(admits(from("203.0.113.5:40001"), "udp:203.0.113.5:5060")) << i;
    EXPECT_FALSE(admits(from("203.0.113.5:40001"), "udp:203.0.113.5:5061"));
    EXPECT_TRUE(admits(from("203.0.113.6:40001"), "udp:203.0.113.6:5060")) << "another source";
    now += 5s;
    EXPECT_TRUE(admits(from("203.0.113.5:40001"), "udp:203.0.113.5:5060"));
    EXPECT_FALSE(admits(from("203.0.113.5:40001"), "udp:203.0.113.5:5060"));
}

TEST_F(Limits, a_whole_64_of_IPv6_is_one_source) {
    for (int i = 0; i < 6; ++i)
        EXPECT_TRUE(admits(from("[2001:db8:7::7]:40003"), "udp:[2001:db8:7::7]:5060"));
    EXPECT_FALSE(admits(from("[2001:db8:7::8]:40003"), "udp:[2001:db8:7::8]:5060"));
}

TEST_F(Limits, a_thousand_sources_bring_sixty_calls_a_minute) {
    int calls = 0;
    for (int i = 0; i < 60'000; ++i, now += 1ms) {
        const std::string address =
            "203." + std::to_string(i / 250 % 250) + ".113." + std::to_string(i % 250);
        calls += admits(from((address + ":40001").c_str()), ("udp:" + address + ":5060").c_str()) ? 1 : 0;
    }
    EXPECT_LE(calls, 2 * 60) << "what was saved, and a minute's";
    EXPECT_GE(calls, 60);
}

struct Host : DialBackDriver::Host {
    void send(const sip::Flow&, std::string bytes) override { sent.push_back(std::move(bytes)); }
    void dialled_back(const overlay::TransportAddress&, bool came,
                      const std::optional<asio::ip::address>& stranger) override {
        results.push_back(came);
        by = stranger;
    }
    void nobody_dials(const overlay::TransportAddress&,
                      const std::optional<overlay::CallBackAnswer>& strangers) override {
        ++nobody;
        of_strangers = strangers.has_value();
    }
    bool ask_strangers(const overlay::TransportAddress&, const crypto::Bytes<15>& question) override {
        asked_of_strangers = question;
        return true;
    }
    std::vector<std::string> sent;
    std::vector<bool> results;
    std::optional<asio::ip::address> by;
    int nobody = 0;
    bool of_strangers = false;
    crypto::Bytes<15> asked_of_strangers{};
};

/// A witness that answers as it is told, and what comes in at the asker's own socket.
TEST(DialBackDriver, a_question_is_answered_and_what_comes_in_is_known_by_its_id) {
    asio::io_context loop;
    Host host;
    DialBackDriver driver(loop, host);
    auto& sent = host.sent;
    const auto options = [](const std::string& header) {
        return "OPTIONS sip:198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/TCP "
               "203.0.113.5:40001;branch=z9hG4bKx\r\nMax-Forwards: 1\r\n"
               "From: <sip:anonymous@anonymous.invalid>;tag=a\r\nTo: <sip:198.51.100.1>\r\nCall-ID: "
               "c\r\nCSeq: 1 OPTIONS\r\n" +
               header + "Content-Length: 0\r\n\r\n";
    };
    EXPECT_FALSE(driver.handled(from("203.0.113.5:40001"), options("")));
    EXPECT_FALSE(driver.handled(from("203.0.113.5:40001"), options("Hedgewitch-Called-Back: " + id + "\r\n")))
        << "not asked for";
    EXPECT_FALSE(driver.handled(from("203.0.113.5:40001", sip::Transport::udp),
                                options("Hedgewitch-Call-Back: " + id + ";to=udp:203.0.113.5:5060\r\n")))
        << "over UDP it is any OPTIONS: whether it is answered is the edge's to say";
    EXPECT_TRUE(sent.empty());
    EXPECT_TRUE(driver.handled(from("203.0.113.5:40001"),
                               options("Hedgewitch-Call-Back: " + id + ";to=udp:203.0.113.6:5060\r\n")));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].substr(0, 11), "SIP/2.0 403");
    EXPECT_EQ(sent[0].find("Hedgewitch-Call-Back"), std::string::npos);
    EXPECT_TRUE(driver.handled(from("203.0.113.5:40001"),
                               options("Hedgewitch-Call-Back: " + id + ";to=udp:203.0.113.5:5060\r\n")));
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[1].substr(0, 11), "SIP/2.0 200");
    EXPECT_NE(sent[1].find("Hedgewitch-Call-Back: " + id), std::string::npos);
    EXPECT_EQ(driver.status().called_others, 1U);
}

class Asking : public testing::Test {
protected:
    void ask() {
        ASSERT_TRUE(driver.ask(witness.at(), *parse_transport_address("udp:203.0.113.5:5060")));
        run_until([&] { return !witness.asked.id.empty(); }, 5s);
        loop.run_for(50ms);
    }
    void run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!done() && std::chrono::steady_clock::now() < end)
            loop.run_one_for(50ms);
    }
    static overlay::TransportAddress address_of(const char* text) { return *parse_transport_address(text); }
    bool comes_in(sip::Transport transport = sip::Transport::udp) {
        return driver.handled(
            from("198.51.100.9:40009", transport),
            "OPTIONS sip:203.0.113.5 SIP/2.0\r\nVia: SIP/2.0/UDP "
            "198.51.100.9:40009;branch=z9hG4bKx\r\nMax-Forwards: 1\r\n"
            "From: <sip:anonymous@anonymous.invalid>;tag=a\r\nTo: <sip:203.0.113.5>\r\nCall-ID: "
            "c\r\nCSeq: 1 OPTIONS\r\n"
            "Hedgewitch-Called-Back: " +
                witness.asked.id + "\r\nContent-Length: 0\r\n\r\n");
    }
    asio::io_context loop;
    Witness witness{loop};
    Host host;
    std::vector<bool>& results = host.results;
    DialBackDriver driver{loop, host};
};

TEST_F(Asking, what_comes_in_is_a_proof) {
    ask();
    EXPECT_NE(witness.heard.find(";to=udp:203.0.113.5:5060"), std::string::npos);
    EXPECT_FALSE(comes_in(sip::Transport::tcp)) << "asked for over UDP";
    EXPECT_TRUE(comes_in());
    EXPECT_EQ(results, std::vector<bool>{true});
    EXPECT_FALSE(comes_in()) << "once";
}

TEST_F(Asking, a_promise_after_which_nothing_comes_is_a_failure) {
    ask();
    run_until([&] { return !results.empty(); }, 7s);
    EXPECT_EQ(results, std::vector<bool>{false});
}

TEST_F(Asking, a_witness_that_does_not_promise_proves_nothing) {
    witness.promises = false;
    ask();
    loop.restart();
    run_until([&] { return host.nobody > 0; }, 6s);
    EXPECT_TRUE(results.empty());
    EXPECT_FALSE(host.of_strangers);
}

class AskingStrangers : public Asking {
protected:
    const overlay::TransportAddress address = *parse_transport_address("udp:203.0.113.5:5060");
    void answer(overlay::CallBackAnswer::What what) {
        driver.strangers_answered(
            host.asked_of_strangers,
            {what, 3, asio::ip::udp::endpoint(asio::ip::make_address("198.51.100.9"), 4222)});
    }
};

TEST_F(AskingStrangers, what_comes_in_after_a_promise_is_a_proof_and_nothing_a_failure) {
    ASSERT_TRUE(driver.ask_strangers(address));
    EXPECT_TRUE(driver.asking(address));
    answer(overlay::CallBackAnswer::What::promised);
    witness.asked.id = crypto::base32_encode(host.asked_of_strangers);
    EXPECT_TRUE(comes_in());
    EXPECT_FALSE(driver.asking(address));
    ASSERT_TRUE(driver.ask_strangers(address));
    answer(overlay::CallBackAnswer::What::promised);
    run_until([&] { return results.size() == 2; }, 7s);
    EXPECT_EQ(results, (std::vector<bool>{true, false}));
    EXPECT_EQ(host.by, asio::ip::make_address("198.51.100.9"));
}

TEST_F(AskingStrangers, nobody_who_offers_is_no_evidence) {
    ASSERT_TRUE(driver.ask_strangers(address));
    answer(overlay::CallBackAnswer::What::nobody_offers);
    EXPECT_EQ(host.nobody, 1);
    EXPECT_TRUE(host.of_strangers);
    EXPECT_TRUE(results.empty());
    EXPECT_FALSE(driver.asking(address));
}

TEST_F(Asking, a_stranger_is_called_where_he_asks_from_as_often_as_one_who_asks_over_TCP) {
    overlay::CallBackWish wish{
        {asio::ip::make_address("203.0.113.5"), 4222}, {}, address_of("tcp:203.0.113.5:5060"), {}};
    EXPECT_TRUE(driver.called_upon(wish));
    EXPECT_EQ(driver.status().called_others, 1U);
    wish.to = address_of("tcp:203.0.113.6:5060");
    EXPECT_FALSE(driver.called_upon(wish)) << "another";
    wish.to = address_of("tcp:203.0.113.5:80");
    EXPECT_FALSE(driver.called_upon(wish)) << "no phone's port";
    wish = {{asio::ip::make_address("192.168.1.7"), 4222}, {}, address_of("udp:192.168.1.7:5060"), {}};
    EXPECT_FALSE(driver.called_upon(wish)) << "no address of the Internet";
    wish = {{asio::ip::make_address("203.0.113.5"), 4222}, {}, address_of("udp:203.0.113.5:5060"), {}};
    int called = 1;
    for (int i = 0; i < 10; ++i)
        called += driver.called_upon(wish) ? 1 : 0;
    EXPECT_EQ(called, static_cast<int>(DialBackLimits::burst));
}

}  // namespace
}  // namespace node
