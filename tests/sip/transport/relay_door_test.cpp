// tests/sip/transport/relay_door_test.cpp - a caller, a relay and one behind it, over loopback: who is handed
// which connection, what is spoken on it, and what the relay gets to see.
#include <gtest/gtest.h>

#include <asio/read.hpp>
#include <asio/write.hpp>

#include "sip/transport/transports.hpp"
#include "tests/sip/certificates.hpp"
#include "tests/sip/loop.hpp"

namespace sip {
namespace {

using asio::ip::make_address;
using asio::ip::tcp;

const std::string question = "OPTIONS sip:a@relay.alt SIP/2.0\r\nContent-Length: 0\r\n\r\n";
const RelayToken token{7, 7, 7};

struct Node final : Transports::Listener {
    Node(asio::io_context& loop, const std::string& name, bool relays, TransportLimits limits = {})
        : made(name),
          transports(loop, {{Transport::tls, {make_address("127.0.0.1"), 0}}}, *this, limits,
                     {made.credentials(), {}, relays}) {}

    void on_message(const Flow& flow, std::string_view bytes) override { messages.emplace_back(flow, bytes); }
    void on_flow_failed(const Flow& flow) override { failed.push_back(flow); }
    void on_relay_frame(const Flow& flow, std::string_view bytes) override {
        frames.emplace_back(flow, bytes);
    }
    void on_relay_wish(const FirstBytes& wish, tcp::socket socket) override {
        wishes.push_back(wish);
        sockets.push_back(std::move(socket));
    }
    [[nodiscard]] Endpoint at() const { return transports.bound().front().endpoint; }

    made::Node made;
    std::vector<std::pair<Flow, std::string>> messages, frames;
    std::vector<Flow> failed;
    std::vector<FirstBytes> wishes;
    std::vector<tcp::socket> sockets;
    Transports transports;
};

PeerExpectation through(const KeyHash& key, const RelayToken& by) {
    PeerExpectation expected{{}, key};
    expected.through = token_text(by);
    return expected;
}

PeerExpectation held_at(const KeyHash& key) {
    PeerExpectation expected{{}, key};
    expected.held = true;
    return expected;
}

struct TlsThroughRelay : testing::Test, Loop {
    Node caller{loop, "caller.test", false}, relay{loop, "relay.test", true},
        behind{loop, "behind.test", false};

    /// Everything that is there to read on one goes to the other.
    void move_bytes(std::string& seen) {
        for (std::size_t i = 0; i < 2; ++i) {
            std::array<char, 16384> buffer{};
            std::error_code error;
            relay.sockets[i].non_blocking(true, error);
            const auto got = relay.sockets[i].read_some(asio::buffer(buffer), error);
            if (got == 0) continue;
            seen.append(buffer.data(), got);
            asio::write(relay.sockets[1 - i], asio::buffer(buffer.data(), got), error);
        }
    }
    template <typename Done>
    bool run_piped(std::string& seen, Done done) {
        return run_until([&] {
            move_bytes(seen);
            return done();
        });
    }
    /// Until the relay has both ends.
    void join() {
        ASSERT_TRUE(run_until([&] { return relay.sockets.size() == 1; }));
        ASSERT_TRUE(behind.transports.answer(relay.at(), pipe_header(PipeId{9})));
        ASSERT_TRUE(run_until([&] { return relay.sockets.size() == 2; }));
    }
};

TEST_F(TlsThroughRelay, who_is_held_proves_his_zone_and_speaks_in_frames) {
    const auto flow = behind.transports.reach(Transport::tls, relay.at(), held_at(relay.made.hash()));
    ASSERT_TRUE(flow);
    behind.transports.send(*flow, "\x01\x01\x01");
    ASSERT_TRUE(run_until([&] { return !relay.frames.empty(); }));
    const auto& [theirs, frame] = relay.frames[0];
    EXPECT_EQ(frame, "\x01\x01\x01");
    EXPECT_EQ(relay.transports.peer(theirs)->zone_key, behind.made.zone.ed25519());
    relay.transports.send(theirs, "\x05");
    relay.transports.send(theirs, std::string("\0\x02\x01x", 4));
    ASSERT_TRUE(run_until([&] { return behind.frames.size() == 2; }));
    EXPECT_EQ(behind.frames[0].second, std::string("\x05\0", 2)) << "cut by their lengths";
    EXPECT_EQ(behind.frames[1].second, std::string("\x02\x01x", 3));
    EXPECT_TRUE(relay.messages.empty());
}

TEST_F(TlsThroughRelay, a_call_to_the_relay_itself_goes_on_another_connection) {
    const auto held = behind.transports.reach(Transport::tls, relay.at(), held_at(relay.made.hash()));
    PeerExpectation pin{{}, relay.made.hash()};
    const auto call = behind.transports.reach(Transport::tls, relay.at(), pin);
    ASSERT_TRUE(held && call);
    EXPECT_NE(held->connection, call->connection);
    behind.transports.send(*call, question);
    ASSERT_TRUE(run_until([&] { return !relay.messages.empty(); }));
    EXPECT_EQ(relay.messages[0].second, question);
    const auto in_dialog = behind.transports.reach(Transport::tls, relay.at());
    EXPECT_EQ(in_dialog, call) << "never on that of the frames";
}

TEST_F(TlsThroughRelay, who_relays_for_nobody_is_sent_no_frame) {
    Node old(loop, "old.test", false);
    const auto flow = behind.transports.reach(Transport::tls, old.at(), held_at(old.made.hash()));
    ASSERT_TRUE(flow);
    behind.transports.send(*flow, "\x01\x01\x01");
    ASSERT_TRUE(run_until([&] { return !behind.failed.empty(); }));
    ASSERT_TRUE(run_until([&] { return old.transports.counters().connections_open == 0; }));
    EXPECT_TRUE(old.frames.empty());
    EXPECT_TRUE(old.messages.empty());
}

TEST_F(TlsThroughRelay, tls_runs_from_end_to_end_and_the_relay_reads_no_word_and_no_name) {
    const auto flow = caller.transports.reach(Transport::tls, relay.at(), through(behind.made.hash(), token));
    ASSERT_TRUE(flow);
    caller.transports.send(*flow, question);
    join();
    EXPECT_EQ(relay.wishes[0].kind, FirstBytes::Kind::through);
    EXPECT_EQ(relay.wishes[0].token, token);
    EXPECT_EQ(relay.wishes[1].kind, FirstBytes::Kind::pipe);
    EXPECT_EQ(relay.wishes[1].pipe, PipeId{9});
    std::string seen;
    ASSERT_TRUE(run_piped(seen, [&] { return !behind.messages.empty(); }));
    const Flow theirs = behind.messages[0].first;
    EXPECT_EQ(behind.messages[0].second, question);
    EXPECT_TRUE(behind.transports.relayed(theirs));
    EXPECT_EQ(behind.transports.peer(theirs)->zone_key, caller.made.zone.ed25519());
    behind.transports.send(theirs, question);
    ASSERT_TRUE(run_piped(seen, [&] { return !caller.messages.empty(); }));
    EXPECT_EQ(caller.messages[0].first, *flow) << "the way back is the same connection";
    EXPECT_NE(seen.find(token_text(token) + ".relay.alt"), std::string::npos);
    for (const std::string word : {"sip", "SIP", "OPTIONS", "caller", "behind", ".test"})
        EXPECT_EQ(seen.find(word), std::string::npos) << word;
    const auto key = behind.made.hash();
    EXPECT_EQ(seen.find(std::string(key.begin(), key.end())), std::string::npos);
    EXPECT_FALSE(caller.transports.reach(Transport::tls, relay.at()) == flow)
        << "who calls the relay does not get whom it leads to";
}

TEST_F(TlsThroughRelay, a_relay_that_connects_the_wrong_one_gets_nothing_of_the_call) {
    const auto flow = caller.transports.reach(Transport::tls, relay.at(), through(relay.made.hash(), token));
    ASSERT_TRUE(flow);
    caller.transports.send(*flow, question);
    join();
    std::string seen;
    ASSERT_TRUE(run_piped(seen, [&] { return !caller.failed.empty(); }));
    EXPECT_TRUE(behind.messages.empty());
    EXPECT_EQ(behind.transports.counters().tls_edges, 0U) << "nor learns who called";
}

TEST_F(TlsThroughRelay, a_relay_that_changes_or_replays_bytes_ends_the_connection) {
    const auto flow = caller.transports.reach(Transport::tls, relay.at(), through(behind.made.hash(), token));
    caller.transports.send(*flow, question);
    join();
    std::string seen;
    ASSERT_TRUE(run_piped(seen, [&] { return !behind.messages.empty(); }));
    // The last record that the caller sent, once more: its number is used up (RFC 8446 §5.3).
    caller.transports.send(*flow, question);
    std::string record;
    ASSERT_TRUE(run_until([&] {
        std::array<char, 4096> buffer{};
        std::error_code error;
        const auto got = relay.sockets[0].read_some(asio::buffer(buffer), error);
        record.append(buffer.data(), got);
        return !record.empty();
    }));
    asio::write(relay.sockets[1], asio::buffer(record + record));
    ASSERT_TRUE(run_piped(seen, [&] { return !behind.failed.empty(); }));
    EXPECT_EQ(behind.messages.size(), 2U) << "said once, heard once";
}

TEST_F(TlsThroughRelay, a_connection_through_a_relay_that_has_ended_can_be_made_again) {
    const auto flow = caller.transports.reach(Transport::tls, relay.at(), through(behind.made.hash(), token));
    ASSERT_TRUE(flow);
    ASSERT_TRUE(run_until([&] { return relay.sockets.size() == 1; }));
    relay.sockets.clear();
    ASSERT_TRUE(run_until([&] { return !caller.failed.empty(); }));
    const auto again = caller.transports.again(*flow);
    ASSERT_TRUE(again);
    EXPECT_NE(again->connection, flow->connection);
    ASSERT_TRUE(run_until([&] { return relay.sockets.size() == 1; }));
    EXPECT_EQ(relay.wishes.back().token, token);
    Flow other = *flow;
    other.connection += 1000;
    EXPECT_FALSE(caller.transports.again(other));
}

TEST_F(TlsThroughRelay, who_says_too_little_is_waited_for_five_seconds_at_most_and_phones_come_as_ever) {
    TransportLimits limits;
    limits.handshake = std::chrono::milliseconds(200);
    Node hasty(loop, "hasty.test", true, limits);
    tcp::socket slow(loop);
    slow.connect({hasty.at().address, hasty.at().port});
    asio::write(slow, asio::buffer("\x16\x03\x01", 3));
    ASSERT_TRUE(run_until([&] { return hasty.transports.counters().connections_open == 1; }));
    ASSERT_TRUE(run_until([&] { return hasty.transports.counters().connections_open == 0; }));
    EXPECT_TRUE(hasty.wishes.empty());
    const auto phone = caller.transports.reach(Transport::tls, hasty.at());
    caller.transports.send(*phone, question);
    ASSERT_TRUE(run_until([&] { return !hasty.messages.empty(); }));
}

}  // namespace
}  // namespace sip
