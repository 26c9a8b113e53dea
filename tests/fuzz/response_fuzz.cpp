// tests/fuzz/response_fuzz.cpp - an edge that proxies, between callers on streams and callees who say
// anything. Another node calls Bob and Carol over its one connection, Alice's phone calls Bob over hers; Bob
// and his friends are hostile. Whatever they say: each byte on a stream belongs to a message that we meant to
// send, no more and no fewer, no message that leaves has a fault, and Carol's call, on the same connection,
// gets its answer. Input: messages, divided by lines of "----"; the first letter says from where (b: Bob's
// phone over UDP, t: his other one over TCP, n: the calling node, a: Alice's phone). In them $V stands for
// the Via and Record-Route fields and $C for To, From, Call-ID and CSeq of the request that was last sent
// there, $R for the route set that Bob has seen, $n for a line feed without its CR.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sip/auth/digest.hpp"
#include "sip/edge/edge.hpp"
#include "sip/syntax/message.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/dialog_words.hpp"
#include "tests/sip/stream_frames.hpp"

namespace {

sip::Flow flow_of(const char* address, sip::Transport transport, std::uint64_t connection) {
    return {transport,
            {asio::ip::make_address("127.0.0.2"), 5060},
            {asio::ip::make_address(address), 5060},
            connection};
}
const sip::Flow alice = flow_of("10.0.0.5", sip::Transport::tcp, 5);
const sip::Flow bob = flow_of("10.0.0.6", sip::Transport::udp, 0);
const sip::Flow bob_too = flow_of("10.0.0.7", sip::Transport::tcp, 7);
const sip::Flow carol = flow_of("10.0.0.8", sip::Transport::tcp, 8);
const sip::Flow node = flow_of("192.0.2.9", sip::Transport::tls, 9);

struct World : sip::Users, sip::BindingStore, sip::EdgeHost, sip::Output {
    sip::Credentials credentials = sip::credentials_of("alice", "hedgewitch", "wonderland");
    struct Item {
        sip::Flow flow;
        std::string bytes;
    };
    std::vector<Item> sent;
    std::vector<std::pair<sip::RouteId, std::string>> asked;

    const sip::Credentials* find(std::string_view user) override {
        return user == "alice" || user == "bob" || user == "carol" ? &credentials : nullptr;
    }
    std::map<std::string, std::vector<sip::Binding>> load() override {
        const auto binding = [](const std::string& contact, const sip::Flow& flow) {
            sip::Binding b;
            b.contact = contact;
            b.flow = flow;
            b.expires = std::chrono::sys_seconds(std::chrono::hours(1));
            return b;
        };
        return {{"alice", {binding("sip:alice@10.0.0.5:5060;transport=tcp", alice)}},
                {"bob",
                 {binding("sip:bob@10.0.0.6:5060", bob), binding("sip:bob@10.0.0.7;transport=tcp", bob_too)}},
                {"carol", {binding("sip:carol@10.0.0.8:5060;transport=tcp", carol)}}};
    }
    bool replace(std::string_view, const std::vector<sip::Binding>&) override { return true; }
    void ask(const sip::RouteId& id, const sip::RouteQuestion& question) override {
        asked.emplace_back(id, question.dialled.user);
    }
    void answer(sip::Edge& edge, sip::Now now) {
        for (const auto& [id, user] : std::exchange(asked, {}))
            edge.answered(id, {302, {}, {{"sip:" + user + "@10.0.0.6:5060", 1.0}}, {}, {}}, now);
    }
    void send(const sip::Flow& flow, std::string bytes) override {
        // What is at fault in a request comes back with its refusal; no further.
        const bool refusal = bytes.starts_with("SIP/2.0 400 ") || bytes.starts_with("SIP/2.0 505 ");
        FUZZ_CHECK(refusal || sip::testing::well_formed(bytes));
        sent.push_back({flow, std::move(bytes)});
    }
    void close(const sip::Flow&) override {}
    std::optional<sip::Flow> reach(sip::Transport transport, const sip::Endpoint& remote,
                                   const sip::PeerExpectation&) override {
        return sip::Flow{transport, alice.local, remote, transport == sip::Transport::udp ? 0U : 99U};
    }
    /// Of requests, or of anything.
    [[nodiscard]] std::string last_to(const sip::Flow& flow, bool request) const {
        for (auto it = sent.rbegin(); it != sent.rend(); ++it) {
            const bool there = it->flow.remote.address == flow.remote.address;
            if (there && !(request && it->bytes.starts_with("SIP/"))) return it->bytes;
        }
        return {};
    }
    void check_streams() const {
        std::map<sip::Flow, std::pair<std::string, std::vector<std::string>>> streams;
        for (const Item& item : sent) {
            if (item.flow.transport == sip::Transport::udp) continue;
            auto& [bytes, meant] = streams[item.flow];
            bytes += item.bytes;
            meant.push_back(item.bytes);
        }
        for (const auto& [flow, stream] : streams)
            FUZZ_CHECK(sip::testing::frames(stream.first) == stream.second);
    }
};

std::string invite(const std::string& user, const std::string& from) {
    return "INVITE sip:" + user + "@home.test SIP/2.0\r\nVia: SIP/2.0/TCP " + from + ";branch=z9hG4bK" +
           user + "\r\nMax-Forwards: 70\r\nFrom: <sip:x@far.test>;tag=x\r\nTo: <sip:" + user +
           "@home.test>\r\nCall-ID: " + user + from +
           "\r\nCSeq: 1 INVITE\r\nContact: <sip:x@192.0.2.9>\r\nContent-Length: 0\r\n\r\n";
}

struct Scene {
    World world;
    sip::Now now{std::chrono::steady_clock::time_point{} + std::chrono::hours(1), std::chrono::sys_seconds{}};
    std::unique_ptr<sip::Edge> edge;
    std::string to_carol, routes;

    Scene() {
        sip::EdgeConfig config;
        config.domains = {"home.test"};
        config.forwards = true;
        config.delivery = sip::Delivery::proxy;
        config.secret = {1, 2, 3};
        edge = std::make_unique<sip::Edge>(config, world, world, world, world, now);
        receive(node, invite("bob", "192.0.2.9"));
        receive(node, invite("carol", "192.0.2.9"));
        receive(alice, invite("bob", "10.0.0.5"));
        to_carol = world.last_to(carol, true);
        routes = fuzz::routes_of(world.last_to(bob, true), false);
        FUZZ_CHECK(to_carol.starts_with("INVITE ") && !routes.empty());
    }
    void receive(const sip::Flow& flow, std::string_view wire) {
        edge->receive(flow, wire, now);
        world.answer(*edge, now);
    }
    [[nodiscard]] std::string written(const sip::Flow& from, std::string_view text) const {
        return fuzz::written(text, world.last_to(from, true), [this](char what) -> std::string {
            if (what == 'R') return routes;
            return what == 'n' ? "\n" : "";  // a line feed without its CR
        });
    }
    void say(std::string_view text) {
        if (text.empty()) return;
        const sip::Flow& from = text[0] == 'n'   ? node
                                : text[0] == 'a' ? alice
                                : text[0] == 't' ? bob_too
                                                 : bob;
        receive(from, written(from, text.substr(1)));
        now.steady += std::chrono::milliseconds(250);
        edge->on_time(now);
    }
    void carol_answers() {
        const auto before = world.sent.size();
        receive(carol, "SIP/2.0 200 OK\r\n" +
                           fuzz::fields_of(to_carol, {sip::Header::via, sip::Header::from, sip::Header::to,
                                                      sip::Header::call_id, sip::Header::cseq}) +
                           "Content-Length: 5\r\n\r\nv=0\r\n");
        FUZZ_CHECK(world.sent.size() == before + 1 && world.sent.back().flow == node);
        FUZZ_CHECK(world.sent.back().bytes.ends_with("\r\nContent-Length: 5\r\n\r\nv=0\r\n"));
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t most = 24;  // 6 s: nobody has given Carol up by then
    Scene scene;
    fuzz::each_message(data, size, most, [&](std::string_view text) { scene.say(text); });
    const bool cancelled = scene.world.last_to(carol, true) != scene.to_carol;
    if (!cancelled) scene.carol_answers();
    scene.now.steady += std::chrono::seconds(40);
    scene.edge->on_time(scene.now);
    scene.world.check_streams();
    return 0;
}
