// tests/node/probe/probe_driver_test.cpp - probes over real sockets: edges, silence, refusals, streams.
#include "node/probe/probe_driver.hpp"

#include <gtest/gtest.h>

#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>
#include <filesystem>
#include <optional>

#include "node/clock.hpp"
#include "sip/edge/edge.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/transport/transports.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using State = TargetState;
using States = std::vector<State>;

const auto loopback = asio::ip::make_address("127.0.0.1");

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        ++count;
    return count;
}

/// A whole edge that answers for example.test, over UDP and TCP.
struct RealEdge : sip::Users, sip::BindingStore, sip::EdgeHost, sip::Transports::Listener {
    explicit RealEdge(asio::io_context& loop) {
        transports_ =
            std::make_unique<sip::Transports>(loop,
                                              std::vector<sip::Listen>{{sip::Transport::udp, {loopback, 0}},
                                                                       {sip::Transport::tcp, {loopback, 0}}},
                                              *this);
        sip::EdgeConfig config;
        config.domains = {"example.test"};
        config.secret = {1};
        edge_ = std::make_unique<sip::Edge>(std::move(config), *this, *this, *this, *transports_, now());
    }
    [[nodiscard]] bool owns(const sip::Endpoint& at) const {
        const auto bound = transports_->bound();
        return std::any_of(bound.begin(), bound.end(),
                           [&](const sip::Listen& listen) { return listen.endpoint == at; });
    }
    [[nodiscard]] DnsTarget target(sip::Transport transport) const {
        for (const auto& listen : transports_->bound()) {
            if (listen.transport == transport) return {transport, loopback, listen.endpoint.port, 0, 0, "h"};
        }
        return {};
    }

    const crypto::Identity identity = crypto::Identity::generate();
    std::string spoil;  // appended to the proof

private:
    const sip::Credentials* find(std::string_view) override { return nullptr; }
    std::map<std::string, std::vector<sip::Binding>> load() override { return {}; }
    bool replace(std::string_view, const std::vector<sip::Binding>&) override { return true; }
    void ask(const sip::RouteId&, const sip::RouteQuestion&) override {}
    [[nodiscard]] Fields prove(std::string_view host, std::string_view challenge) const override {
        const auto proof =
            make_proof(identity, host, challenge, [this](const sip::Endpoint& at) { return owns(at); });
        if (!proof) return {};
        return {{std::string(key_header), *proof + spoil}};
    }
    void on_message(const sip::Flow& flow, std::string_view wire) override {
        edge_->receive(flow, wire, now());
    }

    std::unique_ptr<sip::Transports> transports_;
    std::unique_ptr<sip::Edge> edge_;
};

/// A UDP peer that answers each datagram as a test says; empty: it keeps silent.
class Peer {
public:
    using Answer = std::function<std::string(const std::string& request, int nth)>;
    Peer(asio::io_context& loop, Answer answer)
        : socket_(loop, asio::ip::udp::endpoint(loopback, 0)), answer_(std::move(answer)) {
        receive();
    }
    [[nodiscard]] DnsTarget target() const {
        return {sip::Transport::udp, loopback, socket_.local_endpoint().port(), 0, 0, "h"};
    }
    std::vector<std::string> received;

private:
    void receive() {
        socket_.async_receive_from(
            asio::buffer(buffer_), from_, [this](std::error_code error, std::size_t n) {
                if (error) return;
                received.emplace_back(buffer_.data(), n);
                const auto text = answer_(received.back(), static_cast<int>(received.size()));
                if (!text.empty()) socket_.send_to(asio::buffer(text), from_, 0, error);
                receive();
            });
    }
    asio::ip::udp::socket socket_;
    asio::ip::udp::endpoint from_;
    std::array<char, 65536> buffer_{};
    Answer answer_;
};

/// The bare response to `request`.
std::string response(const std::string& request, int status, const std::string& body = {}) {
    const auto message = sip::MessageView::parse(request);
    if (!message) return {};
    const sip::Flow flow{sip::Transport::udp, {loopback, 1}, {loopback, 2}, 0};
    return sip::ResponseBuilder(*message, flow, status, {}, "t").finish(body, "text/plain");
}
Peer::Answer always(int status) {
    return [status](const std::string& request, int) { return response(request, status); };
}
Peer::Answer never() {
    return [](const std::string&, int) { return std::string(); };
}

/// A port that nobody listens on.
DnsTarget nobody(asio::io_context& loop, sip::Transport transport) {
    if (transport == sip::Transport::tcp) {
        const asio::ip::tcp::acceptor closed(loop, asio::ip::tcp::endpoint(loopback, 0));
        return {transport, loopback, closed.local_endpoint().port(), 0, 0, "h"};
    }
    const asio::ip::udp::socket closed(loop, asio::ip::udp::endpoint(loopback, 0));
    return {transport, loopback, closed.local_endpoint().port(), 0, 0, "h"};
}

struct ProbeDriverTest : ::testing::Test {
    asio::io_context loop;
    ProbeDriver probe{loop};
    EdgeChallenge challenge{42};

    /// Asks, and runs the loop until there is an answer.
    ProbeResult ask(std::vector<DnsTarget> targets, std::chrono::milliseconds deadline = 5s) {
        std::optional<ProbeResult> result;
        probe.probe("example.test", std::move(targets), deadline, challenge,
                    [&](const ProbeResult& r) { result = r; });
        EXPECT_FALSE(result) << "never before probe() returns";
        run_until([&] { return result.has_value(); });
        return result.value_or(ProbeResult{});
    }
    template <typename F>
    void run_until(F&& over) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!over() && std::chrono::steady_clock::now() < end) {
            loop.run_one_for(100ms);
            loop.restart();
        }
        loop.poll();
        loop.restart();
    }
};

TEST_F(ProbeDriverTest, an_edge_proves_which_key_answers_for_the_domain) {
    const RealEdge edge(loop);
    for (const auto transport : {sip::Transport::udp, sip::Transport::tcp}) {
        const auto result = ask({edge.target(transport)});
        EXPECT_EQ(result.targets, States{State::answered}) << sip::name(transport);
        EXPECT_EQ(result.first, 0U);
        EXPECT_EQ(result.key, edge.identity.public_key());
        EXPECT_EQ(result.remark, "");
    }
    EXPECT_EQ(probe.counters().proved, 2U);
    EXPECT_EQ(probe.pending(), 0U);
}

TEST_F(ProbeDriverTest, a_key_that_is_named_and_not_proved_is_no_key) {
    RealEdge edge(loop);
    edge.spoil = "aaaaaaaa";
    const auto result = ask({edge.target(sip::Transport::udp)});
    EXPECT_EQ(result.first, 0U);
    EXPECT_EQ(result.key, std::nullopt);
    EXPECT_NE(result.remark.find("does not prove"), std::string::npos) << result.remark;
    EXPECT_EQ(probe.counters().proofs_refused, 1U);
}

TEST_F(ProbeDriverTest, a_server_that_is_no_Hedgewitch_answers_without_a_key) {
    for (const int status : {200, 401, 404, 405, 420, 600}) {
        const Peer peer(loop, always(status));
        const auto result = ask({peer.target()});
        EXPECT_EQ(result.targets, States{State::answered}) << status;
        EXPECT_EQ(result.key, std::nullopt);
        EXPECT_EQ(result.remark, "");
    }
}

TEST_F(ProbeDriverTest, where_nobody_listens_the_next_is_asked_at_once) {
    const RealEdge edge(loop);
    const auto result = ask({nobody(loop, sip::Transport::udp), nobody(loop, sip::Transport::tcp),
                             edge.target(sip::Transport::udp), edge.target(sip::Transport::tcp)});
    EXPECT_EQ(result.targets, (States{State::refused, State::refused, State::answered, State::unknown}));
    EXPECT_EQ(result.first, 2U);
    EXPECT_EQ(result.key, edge.identity.public_key());
    EXPECT_LT(result.elapsed, 250ms);  // no hedge was needed
}

TEST_F(ProbeDriverTest, a_503_sends_us_to_the_next) {
    const Peer busy(loop, always(503));
    const RealEdge edge(loop);
    const auto result = ask({busy.target(), edge.target(sip::Transport::udp)});
    EXPECT_EQ(result.targets, (States{State::unavailable, State::answered}));
    EXPECT_EQ(result.key, edge.identity.public_key());
}

TEST_F(ProbeDriverTest, a_silent_target_is_passed_by_and_asked_twice_before_it_is_given_up) {
    const Peer silent(loop, never());
    const RealEdge edge(loop);
    const auto result = ask({silent.target(), edge.target(sip::Transport::tcp)});
    EXPECT_EQ(result.targets, (States{State::silent, State::answered}));
    EXPECT_EQ(result.key, edge.identity.public_key());
    EXPECT_EQ(silent.received.size(), 2U);
    EXPECT_EQ(silent.received.front(), silent.received.back());  // a retransmission is the same bytes
    EXPECT_GE(result.elapsed, 750ms);
    EXPECT_LT(result.elapsed, 4s);  // not the deadline
}

TEST_F(ProbeDriverTest, a_lost_datagram_is_sent_again) {
    const Peer lossy(loop, [](const std::string& request, int nth) {
        return nth == 1 ? std::string() : response(request, 200);
    });
    const auto result = ask({lossy.target()});
    EXPECT_EQ(result.targets, States{State::answered});
    EXPECT_GE(result.elapsed, 500ms);
}

TEST_F(ProbeDriverTest, nobody_answers_and_the_deadline_ends_it) {
    const Peer one(loop, never()), two(loop, never());
    const auto result = ask({one.target(), two.target()}, 700ms);
    EXPECT_EQ(result.targets, (States{State::silent, State::silent}));
    EXPECT_EQ(result.first, std::nullopt);
    EXPECT_GE(result.elapsed, 700ms);
}

TEST_F(ProbeDriverTest, what_belongs_to_no_question_of_ours_is_ignored_and_requests_are_not_answered) {
    const Peer liar(loop, [](const std::string& request, int) {
        std::string other = request;  // another Call-ID
        const auto at = other.find("Call-ID: ") + 9;
        other[at] = other[at] == 'a' ? 'b' : 'a';
        return response(other, 200);
    });
    const Peer echo(loop, [](const std::string& request, int) { return request; });  // an OPTIONS to us
    const auto result = ask({liar.target(), echo.target()}, 400ms);
    EXPECT_EQ(result.targets[0], State::silent);
    EXPECT_EQ(result.first, std::nullopt);
    EXPECT_EQ(probe.counters().responses_ignored, 2U);
    EXPECT_EQ(echo.received.size(), 1U);  // ours, and no answer to its own
}

TEST_F(ProbeDriverTest, a_provisional_response_is_waited_behind) {
    const Peer slow(
        loop, [](const std::string& request, int nth) { return response(request, nth == 1 ? 100 : 200); });
    const auto result = ask({slow.target()}, 1s);
    EXPECT_EQ(result.targets, States{State::answered});
}

TEST_F(ProbeDriverTest, an_answer_as_large_as_a_datagram_can_be_is_read) {
    const Peer talkative(loop, [](const std::string& request, int) {
        return response(request, 200, std::string(60000, 'x'));
    });
    EXPECT_EQ(ask({talkative.target()}).targets, States{State::answered});
}

/// Accepts one connection, and writes `text` again and again, or closes when it is empty.
class Stream {
public:
    Stream(asio::io_context& loop, std::string text)
        : acceptor_(loop, asio::ip::tcp::endpoint(loopback, 0)), peer_(loop), text_(std::move(text)) {
        acceptor_.async_accept(peer_, [this](std::error_code error) {
            if (!error && text_.empty()) peer_.close();
            if (!error && !text_.empty()) write();
        });
    }
    [[nodiscard]] DnsTarget target() const {
        return {sip::Transport::tcp, loopback, acceptor_.local_endpoint().port(), 0, 0, "h"};
    }

private:
    void write() {
        peer_.async_write_some(asio::buffer(text_), [this](std::error_code error, std::size_t) {
            if (!error) write();
        });
    }
    asio::ip::tcp::acceptor acceptor_;
    asio::ip::tcp::socket peer_;
    std::string text_;
};

TEST_F(ProbeDriverTest, a_stream_that_ends_breaks_or_never_comes_to_the_point_is_refused) {
    const Stream closing(loop, ""), garbage(loop, "SIP/2.0 200 OK\r\nContent-Length: -1\r\n\r\n"),
        endless(loop, "SIP/2.0 200 OK\r\nX: " + std::string(1000, 'x')),
        chatty(loop, "SIP/2.0 200 OK\r\nCall-ID: other\r\nContent-Length: 0\r\n\r\n");
    const auto result = ask({closing.target(), garbage.target(), endless.target(), chatty.target()});
    EXPECT_EQ(result.targets, (States{State::refused, State::refused, State::refused, State::refused}));
    EXPECT_LT(result.elapsed, 4s);
}

TEST_F(ProbeDriverTest, transports_not_spoken_yet_and_too_many_targets_stay_unknown) {
    const DnsTarget tls{sip::Transport::tls, loopback, 5061, 0, 0, "h"};
    const DnsTarget ws{sip::Transport::ws, loopback, 80, 0, 0, "h"};
    auto result = ask({tls, ws});
    EXPECT_EQ(result.targets, (States{State::unknown, State::unknown}));
    EXPECT_EQ(result.first, std::nullopt);
    EXPECT_TRUE(ask({}).targets.empty());

    std::vector<DnsTarget> many(8, nobody(loop, sip::Transport::udp));
    const RealEdge edge(loop);
    many.push_back(edge.target(sip::Transport::udp));
    result = ask(many);
    EXPECT_EQ(result.targets.size(), 9U);
    EXPECT_EQ(result.targets[7], State::refused);
    EXPECT_EQ(result.targets[8], State::unknown);
}

TEST_F(ProbeDriverTest, of_more_than_64_probes_at_once_the_last_are_turned_away) {
    const Peer silent(loop, never());
    int silent_ones = 0, turned_away = 0;
    for (int i = 0; i < 70; ++i) {
        probe.probe("example.test", {silent.target()}, 400ms, challenge, [&](const ProbeResult& r) {
            ++(r.targets.front() == State::silent ? silent_ones : turned_away);
            EXPECT_EQ(r.targets.front() == State::unknown, !r.remark.empty());
        });
    }
    run_until([&] { return silent_ones + turned_away == 70; });
    EXPECT_EQ(silent_ones, 64);
    EXPECT_EQ(turned_away, 6);
    EXPECT_EQ(probe.counters().turned_away, 6U);
}

TEST_F(ProbeDriverTest, a_cancelled_probe_is_not_answered_and_sockets_are_closed) {
    const Peer silent(loop, never());
    const RealEdge edge(loop);
    ask({edge.target(sip::Transport::tcp)});
    loop.run_for(100ms);  // until the server has seen the end
    loop.restart();
    const auto before = open_descriptors();
    int answers = 0;
    const auto count = [&](const ProbeResult&) { ++answers; };
    const auto at_once = probe.probe("example.test", {silent.target()}, 5s, challenge, count);
    probe.cancel(at_once);
    const auto later = probe.probe("example.test", {silent.target()}, 5s, challenge, count);
    run_until([&] { return silent.received.size() == 1; });
    EXPECT_EQ(open_descriptors(), before + 1);
    probe.cancel(later);
    probe.cancel(later);
    probe.cancel(999);
    EXPECT_EQ(open_descriptors(), before);
    loop.run_for(50ms);
    loop.restart();
    EXPECT_EQ(answers, 0);
    EXPECT_EQ(silent.received.size(), 1U);

    ask({silent.target(), edge.target(sip::Transport::udp)});
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ProbeDriverTest, a_probe_may_begin_another_or_take_the_whole_prober_with_it) {
    const RealEdge edge(loop);
    auto own = std::make_unique<ProbeDriver>(loop);
    int answers = 0;
    own->probe("example.test", {edge.target(sip::Transport::udp)}, 5s, challenge, [&](const ProbeResult&) {
        ++answers;
        own->probe("example.test", {edge.target(sip::Transport::tcp)}, 5s, challenge,
                   [&](const ProbeResult&) {
                       ++answers;
                       own.reset();
                   });
    });
    run_until([&] { return answers == 2; });
    EXPECT_EQ(answers, 2);
    EXPECT_EQ(own, nullptr);
}

}  // namespace
}  // namespace node
