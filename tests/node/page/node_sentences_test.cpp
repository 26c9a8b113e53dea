// tests/node/page/node_sentences_test.cpp - what the node says is known to each language: a sentence that is
// changed where it is made, and not in the translations, is found here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/daemon/ping_report.hpp"
#include "node/page/texts.hpp"
#include "node/provisioning/link_report.hpp"
#include "node/status/login_faults.hpp"
#include "node/status/status_text.hpp"

namespace node {
namespace {

void expect_known(const std::vector<std::string>& sentences) {
    for (const auto& language : languages()) {
        const Texts texts(language.code);
        for (const auto& sentence : sentences)
            EXPECT_EQ(texts.sentence(sentence).language, language.code) << sentence;
    }
}

void expect_known(const StatusSentences& all) {
    for (const auto* part : {&all.warnings, &all.reach, &all.users})
        expect_known(*part);
}

NodeStatus at_home() {
    NodeStatus status;
    status.about.address = "key.hedge.alt";
    status.advertised = {"udp:203.0.113.5:5060"};
    status.users = {{"alice", 1}, {"bob", 2}, {"carol", 0}};
    status.reach.says =
        "Others can reach you at 203.0.113.5:5060 (through your router 192.168.1.1, by UPnP).";
    status.media.says =
        "Between phones that cannot send to each other, sound goes through this node, outside by "
        "203.0.113.5.";
    status.overlay.enabled = true;
    status.overlay.connectivity = "connected";
    status.overlay.good_nodes_v4 = 5;
    status.overlay.neighbours = 2;
    for (const char* user : {"alice", "bob"}) {
        RecordStatus record;
        record.label = user;
        record.read_back = 8;
        status.overlay.published.push_back(record);
    }
    return status;
}

TEST(NodeSentences, of_a_node_that_is_well) {
    expect_known(status_sentences(at_home()));
    auto alone = at_home();
    alone.users.clear();
    alone.overlay.good_nodes_v4 = 1;
    alone.overlay.neighbours = 1;
    expect_known(status_sentences(alone));
}

TEST(NodeSentences, of_one_that_is_not) {
    auto status = at_home();
    status.overlay.published[0].read_back = 0;
    status.overlay.published.pop_back();
    status.inbound.waiting = 2;
    status.sip.login_failures = {
        {"alice", "192.168.1.30", "A phone at 192.168.1.30 tries alice with a wrong password.", 15, 1}};
    status.trust.changed = {"example.org"};
    status.revoked = true;
    status.machine.log_lines_lost = 3;
    expect_known(status_sentences(status));
    status.overlay.connectivity = "disconnected";
    status.inbound.waiting = 1;
    expect_known(status_sentences(status).warnings);
    expect_known({status_sentences(status).reach.front()});
    status.overlay.enabled = false;
    expect_known(status_sentences(status));
}

TEST(NodeSentences, of_reach_as_homes_have_it) {
    expect_known(
        {"Others cannot reach you: your router at 192.168.1.1 answers neither PCP nor NAT-PMP nor UPnP. No "
         "other "
         "node was found yet that could try whether they are forwarded already (3 asked). Forward UDP and "
         "TCP "
         "port 5060 on it to this machine (192.168.1.20): the node then finds out by itself.",
         "Others cannot reach you: your provider gives this machine only the shared address 100.64.1.2 "
         "(CGNAT), "
         "which no forwarded port gets past. Ask the provider for a public IPv4 address or for IPv6.",
         "People in your mesh can reach you at 10.0.0.5:5060; nobody outside of it can.",
         "Others can reach you at udp:127.0.0.2:5060 (this machine's own). In your mesh also at "
         "10.0.0.5:5060."});
}

TEST(NodeSentences, of_phones_that_cannot_log_in) {
    LoginFaults faults;
    const sip::Now now{std::chrono::steady_clock::time_point(std::chrono::hours(1)), {}};
    sip::Flow flow;
    flow.remote = {asio::ip::make_address("192.168.1.30"), 5060};
    const auto everybody = [](const std::string&) { return true; };
    using Fault = sip::LoginFault;
    std::vector<std::string> said;
    for (const Fault fault :
         {Fault::wrong_password, Fault::unknown_user, Fault::name_written_otherwise, Fault::too_many}) {
        (void)faults.note("alice" + std::to_string(said.size()), flow, fault, everybody, now);
        said.push_back(faults.latest(now, [](const std::string&, const asio::ip::address&) { return false; })
                           .front()
                           .says);
    }
    expect_known(said);
}

/// Every home that a node can have, as far as sound goes.
std::vector<MediaHome> homes() {
    std::vector<MediaHome> all;
    for (const bool opens : {true, false}) {
        for (const auto& symmetric : {std::optional<bool>(), std::optional(true), std::optional(false)}) {
            for (const bool doors : {true, false}) {
                for (const char* lender : {"", "carol"})
                    all.push_back({opens, symmetric, doors, true, lender});
            }
        }
    }
    return all;
}

TEST(NodeSentences, of_what_ping_finds) {
    Trace trace;
    trace.uri = "sip:bob";
    trace.answer.status = 302;
    using Kind = PingWay::Kind;
    for (const Kind kind : {Kind::phone, Kind::beside, Kind::direct, Kind::through}) {
        PingWay way;
        way.kind = kind;
        way.hop = {sip::Transport::tls, {asio::ip::make_address("192.0.2.1"), 5061}, {}};
        trace.steps.assign(1, {});
        trace.steps.front().step = kind == Kind::phone ? "local" : "dht";
        trace.steps.front().verdict = Verdict::found;
        for (const auto took : {std::chrono::milliseconds(0), std::chrono::milliseconds(60)}) {
            for (const bool proven : {true, false}) {
                way.hop.peer.key_hash = proven ? std::optional(sip::KeyHash{7}) : std::nullopt;
                for (const char* at : {"192.0.2.1", "127.0.0.1"}) {
                    way.hop.endpoint.address = asio::ip::make_address(at);
                    expect_known({ping_report(trace, {{way, true, 200, took, "", {}}}, {}).says});
                }
            }
        }
        expect_known({ping_report(trace, {{way, false, 0, {}, "nobody answers", {}}}, {}).says});
        using Sound = HomeSound;
        for (const auto theirs : {Sound::unknown, Sound::none, Sound::opens, Sound::keeps, Sound::moves}) {
            for (const auto& home : homes())
                expect_known({media_outlook(kind, home, theirs).says});
        }
    }
}

TEST(NodeSentences, of_the_way_of_a_call) {
    Trace trace;
    trace.uri = "sip:bob@example.org";
    const auto way = [](PingWay::Kind kind, const char* at, bool proven) {
        PingWay made;
        made.kind = kind;
        made.hop = {sip::Transport::tls, {asio::ip::make_address(at), 5061}, {}};
        if (proven) made.hop.peer.key_hash = sip::KeyHash{7};
        return made;
    };
    const auto over_ipv4 = [](const asio::ip::address& address) { return address.is_v4(); };
    using Kind = PingWay::Kind;
    const auto unreachable = way(Kind::direct, "2001:db8::1", true);
    for (const auto& first : {way(Kind::beside, "192.168.1.21", true), way(Kind::direct, "192.0.2.1", true),
                              way(Kind::direct, "192.0.2.1", false), way(Kind::through, "192.0.2.1", true),
                              way(Kind::through, "127.0.0.1", true)}) {
        for (const std::size_t more : {0, 1, 2}) {
            std::vector<PingWay> ways(1 + more, first);
            expect_known({way_sentence(trace, ways, over_ipv4)});
            ways.insert(ways.begin(), unreachable);
            expect_known({way_sentence(trace, ways, over_ipv4)});
        }
    }
}

TEST(NodeSentences, of_links_that_set_phones_up) {
    for (const bool plain : {true, false}) {
        for (const bool known : {true, false}) {
            LinkReport link;
            link.user = "alice";
            link.plain = plain;
            link.password_known = known;
            link.for_browsers = known;
            link.good_for_s = 600;
            link.transport = "tls";
            expect_known(link_sentences(link));
        }
    }
}

}  // namespace
}  // namespace node
