// tests/node/reach/reachability_loop_test.cpp - what is told of this machine's addresses, and which other
// edges are asked: without a router, and without a network but loopback.
#include "node/reach/reachability_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/base32.hpp"
#include "node/addresses.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/syntax/message.hpp"
#include "tests/node/reach/witness.hpp"
#include "tests/sip/loop.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

overlay::TransportAddress at(std::string_view text) {
    return *parse_transport_address(text);
}

/// Never asks the router.
class ReachOnItsLoop : public testing::Test, protected sip::Loop, private ReachabilityHost {
protected:
    void make(const std::string& settings = {}) {
        config =
            Config::parse("[reach]\npcp = false\nnat_pmp = false\nupnp = false\n" + settings, "test.toml");
        reach = std::make_unique<ReachabilityLoop>(loop, config, static_cast<ReachabilityHost&>(*this));
    }
    void addresses_changed() override { ++told; }
    void network_changed() override { ++networks; }
    void send(const sip::Flow&, std::string bytes) override { sent.push_back(std::move(bytes)); }
    bool ask_strangers(const overlay::TransportAddress& address, const crypto::Bytes<15>& id) override {
        if (there_is_a_DHT) strangers.emplace_back(address, id);
        return there_is_a_DHT;
    }

    [[nodiscard]] DialBackStatus dial_back() const {
        return reach->status().dial_back.value_or(DialBackStatus{});
    }
    /// An OPTIONS that came in from there.
    bool comes_in(const std::string& header, sip::Transport transport = sip::Transport::tcp) {
        const sip::Flow flow{transport, *parse_endpoint("203.0.113.5:5060"),
                             *parse_endpoint("198.51.100.9:40009"), 0};
        return reach->handled(flow,
                              "OPTIONS sip:203.0.113.5 SIP/2.0\r\nVia: SIP/2.0/UDP "
                              "198.51.100.9:40009;branch=z9hG4bKx\r\nMax-Forwards: 1\r\n"
                              "From: <sip:anonymous@anonymous.invalid>;tag=a\r\nTo: <sip:203.0.113.5>\r\n"
                              "Call-ID: c\r\nCSeq: 1 OPTIONS\r\n" +
                                  header + "Content-Length: 0\r\n\r\n");
    }

    bool look_up(const std::string& host) override {
        looked_up.push_back(host);
        return there_is_DNS;
    }
    crypto::Bytes<16> mapping_secret() override { return {}; }
    std::vector<LastingMapping> lasting_mappings() override { return {}; }
    void remember(const std::vector<LastingMapping>&) override {}

    Config config;
    int told = 0, networks = 0;
    bool there_is_a_DHT = false, there_is_DNS = true;
    std::vector<std::string> looked_up;
    std::vector<std::pair<overlay::TransportAddress, crypto::Bytes<15>>> strangers;  // asked about these
    std::vector<std::string> sent;
    std::unique_ptr<ReachabilityLoop> reach;
};

TEST_F(ReachOnItsLoop, addresses_are_told_once_and_again_only_when_they_are_others) {
    make();
    EXPECT_EQ(told, 0) << "nobody listens yet";
    reach->set_listening({at("udp:8.8.4.4:5060")}, {});
    EXPECT_EQ(told, 1);
    EXPECT_THAT(reach->reach().published(), ElementsAre(at("udp:8.8.4.4:5060")));
    reach->set_listening({at("udp:8.8.4.4:5060")}, {4222});
    reach->start();
    EXPECT_EQ(told, 1);
    reach->set_listening({at("udp:8.8.4.4:5062")}, {4222});
    EXPECT_EQ(told, 2);
}

TEST_F(ReachOnItsLoop, on_loopback_alone_nothing_is_published_but_a_call_there_is_known_to_come_back) {
    make();
    reach->set_listening({at("udp:127.0.0.1:5060")}, {});
    EXPECT_EQ(told, 1);
    EXPECT_THAT(reach->reach().published(), IsEmpty());
    EXPECT_THAT(reach->reach().ours(), ElementsAre(at("udp:127.0.0.1:5060")));
    EXPECT_FALSE(reach->reach().reached_beside_us(asio::ip::make_address("127.0.0.7")));
}

TEST_F(ReachOnItsLoop, a_mesh_and_sip_advertise_of_the_configuration_are_believed) {
    make("[mesh]\nprefixes = [\"127.0.0.0/8\"]\n");
    reach->set_listening({at("udp:127.0.0.1:5060")}, {});
    EXPECT_THAT(reach->reach().published(), ElementsAre(at("udp:127.0.0.1:5060")));
    EXPECT_TRUE(reach->reach().reached_beside_us(asio::ip::make_address("127.0.0.7")));
    make("[sip]\nadvertise = [\"tcp:203.0.113.5:5060\"]\n");
    reach->set_listening({at("udp:127.0.0.1:5060")}, {});
    EXPECT_THAT(reach->reach().published(), ElementsAre(at("tcp:203.0.113.5:5060")));
}

TEST_F(ReachOnItsLoop, a_host_name_of_sip_advertise_is_looked_up_and_told) {
    make("[sip]\nadvertise = [\"udp:home.example.org:5060\"]\n");
    reach->set_listening({at("udp:8.8.4.4:5060")}, {});
    reach->start();
    EXPECT_THAT(looked_up, ElementsAre("home.example.org"));
    EXPECT_THAT(reach->reach().published(), IsEmpty());
    told = 0;
    reach->host_answered("home.example.org", {{asio::ip::make_address("203.0.113.5")}, {}, false});
    EXPECT_EQ(told, 1);
    EXPECT_THAT(reach->reach().published(), ElementsAre(at("udp:203.0.113.5:5060")));
    reach->host_answered("home.example.org", {{}, "DNS knows no such name", true});
    EXPECT_THAT(reach->reach().published(), IsEmpty());
    EXPECT_THAT(reach->status().says, HasSubstr("home.example.org (DNS knows no such name)"));
    there_is_DNS = false;
    make("[sip]\nadvertise = [\"udp:home.example.org:5060\"]\n");
    reach->start();
    EXPECT_THAT(reach->status().says, HasSubstr("DNS is switched off"));
}

TEST_F(ReachOnItsLoop, where_others_see_us_is_told_after_the_start) {
    make();
    reach->set_listening({at("udp:8.8.4.4:5060")}, {});
    reach->start();
    reach->seen({{asio::ip::make_address("9.9.9.9"), 3, 3}});
    EXPECT_EQ(told, 2) << "something translates";
    reach->seen({{asio::ip::make_address("8.8.4.4"), 3, 3}});
    EXPECT_EQ(told, 2) << "it may be over in a second";
    EXPECT_THAT(reach->reach().published(), IsEmpty());
    const auto status = reach->status();
    ASSERT_EQ(status.addresses.size(), 1U);
    EXPECT_EQ(status.addresses[0].standing, "refused");
    EXPECT_THAT(status.addresses[0].says.value_or(""), HasSubstr("9.9.9.9"));
    EXPECT_EQ(networks, 0);
}

TEST_F(ReachOnItsLoop, messages_about_dialling_back_are_answered_and_all_others_are_left_to_the_edge) {
    make();
    EXPECT_FALSE(comes_in(""));
    EXPECT_FALSE(comes_in("Hedgewitch-Called-Back: abcdefghijklmnopqrstuvw2\r\n")) << "not asked for";
    EXPECT_THAT(sent, IsEmpty());
    const std::string question = "Hedgewitch-Call-Back: abcdefghijklmnopqrstuvw2;to=udp:203.0.113.6:5060\r\n";
    EXPECT_FALSE(comes_in(question, sip::Transport::udp)) << "who sends it may be anybody";
    EXPECT_TRUE(comes_in(question));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(sent[0].starts_with("SIP/2.0 403")) << sent[0];
    EXPECT_EQ(dial_back().refused_others, 1U);
}

class AskingWitnesses : public ReachOnItsLoop {
protected:
    Witness witness{loop};
};

TEST_F(AskingWitnesses, a_witness_is_asked_about_what_is_due_and_what_then_comes_in_is_believed) {
    make();
    reach->set_listening({at("udp:8.8.4.4:5060")}, {});
    reach->set_witnesses({witness.at()});
    EXPECT_EQ(dial_back().asked, 0U) << "not before the start";
    EXPECT_EQ(dial_back().witnesses, 1U);
    reach->start();
    EXPECT_EQ(dial_back().asked, 1U);
    ASSERT_TRUE(run_until([&] { return !witness.asked.id.empty(); }));
    EXPECT_EQ(witness.asked.to, at("udp:8.8.4.4:5060"));
    reach->seen({{asio::ip::make_address("9.9.9.9"), 3, 3}});
    EXPECT_THAT(reach->reach().published(), IsEmpty());
    told = 0;
    EXPECT_TRUE(comes_in("Hedgewitch-Called-Back: " + witness.asked.id + "\r\n", sip::Transport::udp));
    EXPECT_EQ(told, 1);
    EXPECT_THAT(reach->reach().published(), ElementsAre(at("udp:8.8.4.4:5060")));
    EXPECT_EQ(dial_back().came, 1U);
    reach->set_witnesses({witness.at()});
    EXPECT_EQ(dial_back().asked, 1U) << "not due again";
}

TEST_F(AskingWitnesses, who_shares_our_address_or_has_none_of_its_kind_is_no_witness) {
    make();
    reach->set_listening({at("udp:8.8.4.4:5060")}, {});
    reach->start();
    reach->set_witnesses({*parse_endpoint("8.8.4.4:5090"), *parse_endpoint("[2001:db8::1]:5060")});
    EXPECT_EQ(dial_back().asked, 0U);
    reach->set_witnesses({*parse_endpoint("8.8.4.4:5090"), witness.at()});
    EXPECT_EQ(dial_back().asked, 1U);
}

TEST_F(AskingWitnesses, without_a_contact_strangers_are_asked_and_again_when_nobody_offers) {
    there_is_a_DHT = true;
    make();
    reach->set_listening({at("udp:8.8.4.4:5060")}, {});
    reach->start();
    ASSERT_EQ(strangers.size(), 1U);
    EXPECT_EQ(strangers[0].first, at("udp:8.8.4.4:5060"));
    reach->set_witnesses({});
    EXPECT_EQ(strangers.size(), 1U) << "they are being asked";
    reach->strangers_answered(strangers[0].second, {overlay::CallBackAnswer::What::nobody_offers, 3, {}});
    reach->set_witnesses({});
    EXPECT_EQ(strangers.size(), 1U) << "not at once";
    EXPECT_EQ(dial_back().nobody, 1U);
    for (int i = 0; i < 3 && strangers.size() < 2; ++i)
        (void)run_until([&] { return strangers.size() == 2; });
    ASSERT_EQ(strangers.size(), 2U) << "within 15 s";
    reach->strangers_answered(strangers[1].second,
                              {overlay::CallBackAnswer::What::promised, 3,
                               asio::ip::udp::endpoint(asio::ip::make_address("198.51.100.9"), 4222)});
    EXPECT_TRUE(comes_in("Hedgewitch-Called-Back: " + crypto::base32_encode(strangers[1].second) + "\r\n",
                         sip::Transport::udp));
    EXPECT_EQ(dial_back().came, 1U);
}

TEST_F(AskingWitnesses,
       a_stranger_who_is_newly_met_is_asked_at_once_about_every_address_that_he_may_help_with) {
    there_is_a_DHT = true;
    make();
    reach->set_listening(
        {at("udp:8.8.4.4:5060"), at("tcp:8.8.4.4:5060"), at("tls:8.8.4.4:5061"), at("udp:[2a0f::5]:5060")},
        {});
    reach->met(asio::ip::make_address("198.51.100.9"));
    EXPECT_THAT(strangers, IsEmpty()) << "not before the start";
    reach->start();
    EXPECT_EQ(strangers.size(), 4U);
    const auto nobody = [&] {
        for (const auto& [address, id] : std::exchange(strangers, {}))
            reach->strangers_answered(id, {overlay::CallBackAnswer::What::nobody_offers, 3, {}});
    };
    nobody();
    reach->met(asio::ip::make_address("198.51.100.9"));
    EXPECT_EQ(strangers.size(), 4U);
    nobody();
    reach->met(asio::ip::make_address("2001:db8::9"));
    EXPECT_EQ(strangers.size(), 4U) << "one address is of his kind: all have waited";
    nobody();
    reach->set_listening({at("udp:8.8.4.4:5060")}, {});
    reach->met(asio::ip::make_address("2001:db8::9"));
    EXPECT_THAT(strangers, IsEmpty()) << "he cannot call an IPv4 address";
    reach->met(asio::ip::make_address("198.51.100.11"));
    EXPECT_EQ(strangers.size(), 1U);
    // Who is met while others are being asked, is asked after them.
    reach->met(asio::ip::make_address("198.51.100.10"));
    EXPECT_EQ(strangers.size(), 1U);
    nobody();
    EXPECT_TRUE(run_until([&] { return strangers.size() == 1; }));
}

TEST_F(AskingWitnesses, a_contact_that_says_nothing_makes_way_for_strangers) {
    there_is_a_DHT = true;
    witness.promises = false;
    make();
    reach->set_listening({at("udp:8.8.4.4:5060")}, {});
    reach->start();
    ASSERT_EQ(strangers.size(), 1U) << "nobody else was known";
    reach->strangers_answered(strangers[0].second,
                              {overlay::CallBackAnswer::What::promised, 3,
                               asio::ip::udp::endpoint(asio::ip::make_address("198.51.100.9"), 4222)});
    EXPECT_TRUE(comes_in("Hedgewitch-Called-Back: " + crypto::base32_encode(strangers[0].second) + "\r\n",
                         sip::Transport::udp));
    reach->set_listening({at("udp:8.8.4.4:5062")}, {});
    reach->set_witnesses({witness.at()});
    ASSERT_TRUE(run_until([&] { return strangers.size() == 2; }));
    EXPECT_EQ(dial_back().nobody, 1U);
}

}  // namespace
}  // namespace node
