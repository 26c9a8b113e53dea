// tests/fuzz/proxy_fuzz.cpp - an edge that proxies, in the middle of a call of its user Alice, against
// whatever the far side and strangers say who have seen all of it. Nobody makes a relay of us: nothing goes
// anywhere but to our phones, to the far side of the call, and back to whom a message came from. Input:
// messages, divided by lines of "----"; the first letter says from where (f: the far side, b: Bob's phone,
// else a stranger). In them $V stands for the Via fields and $C for To, From, Call-ID and CSeq of what was
// last sent there; $A and $B for the route set of Alice and of the far side, $I for the Call-ID of the call.
#include <string>
#include <utility>
#include <vector>

#include "sip/auth/digest.hpp"
#include "sip/edge/edge.hpp"
#include "sip/proxy/proxy.hpp"
#include "sip/syntax/message.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/dialog_words.hpp"

namespace {

sip::Flow flow_of(const char* address, sip::Transport transport = sip::Transport::udp,
                  std::uint64_t connection = 0) {
    return {transport,
            {asio::ip::make_address("127.0.0.2"), 5060},
            {asio::ip::make_address(address), 5060},
            connection};
}
const sip::Flow alice = flow_of("10.0.0.5"), bob = flow_of("10.0.0.6", sip::Transport::tcp, 7);
const sip::Flow far_side = flow_of("198.51.100.7"), stranger = flow_of("192.0.2.9");

struct World : sip::Users, sip::BindingStore, sip::EdgeHost, sip::Output {
    sip::Credentials credentials = sip::credentials_of("alice", "hedgewitch", "wonderland");
    struct Item {
        sip::Flow flow;
        std::string bytes;
    };
    std::vector<Item> sent;

    static void check_address(const asio::ip::address& address) {
        bool known = false;
        for (const sip::Flow* flow : {&alice, &bob, &far_side, &stranger})
            known = known || flow->remote.address == address;
        FUZZ_CHECK(known);
    }
    const sip::Credentials* find(std::string_view user) override {
        return user == "alice" || user == "bob" ? &credentials : nullptr;
    }
    std::map<std::string, std::vector<sip::Binding>> load() override {
        sip::Binding at_desk, mobile;
        at_desk.contact = "sip:alice-0x1@10.0.0.5:5060";
        at_desk.flow = alice;
        mobile.contact = "sip:bob-0x1@10.0.0.6:5060;transport=tcp";
        mobile.flow = bob;
        at_desk.expires = mobile.expires = std::chrono::sys_seconds(std::chrono::hours(1));
        return {{"alice", {at_desk}}, {"bob", {mobile}}};
    }
    bool replace(std::string_view, const std::vector<sip::Binding>&) override { return true; }
    std::vector<sip::RouteId> asked;
    void ask(const sip::RouteId& id, const sip::RouteQuestion& question) override {
        FUZZ_CHECK(question.from_own_user || question.host_is_own);  // nobody else has anything looked up
        asked.push_back(id);
    }
    void answer(sip::Edge& edge, sip::Now now) {
        for (const auto& id : std::exchange(asked, {}))
            edge.answered(id, {302, {}, {{"sip:x@198.51.100.7:5060", 1.0}}, {}, {}}, now);
    }
    void send(const sip::Flow& flow, std::string bytes) override {
        check_address(flow.remote.address);
        sent.push_back({flow, std::move(bytes)});
    }
    void close(const sip::Flow&) override {}
    std::optional<sip::Flow> reach(sip::Transport transport, const sip::Endpoint& remote,
                                   const sip::PeerExpectation&) override {
        check_address(remote.address);
        return sip::Flow{transport, alice.local, remote, transport == sip::Transport::udp ? 0U : 99U};
    }
    [[nodiscard]] std::string last_to(const sip::Flow& flow) const {
        for (auto it = sent.rbegin(); it != sent.rend(); ++it) {
            if (it->flow.remote.address == flow.remote.address) return it->bytes;
        }
        return {};
    }
};

struct Scene {
    World world;
    sip::Now now{std::chrono::steady_clock::time_point{} + std::chrono::hours(1), std::chrono::sys_seconds{}};
    std::unique_ptr<sip::Edge> edge;
    std::string routes_of_alice, routes_of_far;

    Scene() {
        sip::EdgeConfig config;
        config.domains = {"home.test"};
        config.forwards = true;
        config.delivery = sip::Delivery::proxy;
        config.secret = {1, 2, 3};
        edge = std::make_unique<sip::Edge>(config, world, world, world, world, now);
        call();
    }
    void call() {
        const auto invite = [](unsigned cseq, const std::string& more) {
            const std::string number = std::to_string(cseq);
            return "INVITE sip:carol@far.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK" +
                   number +
                   ";rport\r\nMax-Forwards: 70\r\nFrom: <sip:alice@home.test>;tag=a\r\nTo: "
                   "<sip:carol@far.test>\r\n"
                   "Call-ID: call\r\nCSeq: " +
                   number + " INVITE\r\nContact: <sip:alice@10.0.0.5:5060>\r\n" + more +
                   "Content-Length: 0\r\n\r\n";
        };
        edge->receive(alice, invite(1, {}), now);
        const std::string refusal = world.last_to(alice);
        const auto message = sip::MessageView::parse(refusal);
        FUZZ_CHECK(message && message->status() == 407);
        const auto offer = *message->header(sip::Header::proxy_authenticate);
        const auto from = offer.find("nonce=\"") + 7;
        const std::string nonce(offer.substr(from, offer.find('"', from) - from));
        const std::string uri = "sip:carol@far.test";
        edge->receive(
            alice,
            invite(2, "Proxy-Authorization: Digest username=\"alice\", realm=\"hedgewitch\", nonce=\"" +
                          nonce + "\", uri=\"" + uri + "\", response=\"" +
                          sip::digest_response(sip::DigestAlgorithm::sha256, world.credentials.ha1_sha256,
                                               "INVITE", uri, nonce, "00000001", "c") +
                          "\", algorithm=SHA-256, cnonce=\"c\", qop=auth, nc=00000001\r\n"),
            now);
        world.answer(*edge, now);
        const std::string seen = world.last_to(far_side);
        FUZZ_CHECK(seen.starts_with("INVITE "));
        routes_of_far = fuzz::routes_of(seen, false);
        routes_of_alice = fuzz::routes_of(seen, true);
    }
    void say(std::string_view text) {
        if (text.empty()) return;
        const sip::Flow& from = text[0] == 'f' ? far_side : text[0] == 'b' ? bob : stranger;
        const auto word = [this](char what) -> std::string {
            if (what == 'A') return routes_of_alice;
            if (what == 'B') return routes_of_far;
            return what == 'I' ? "Call-ID: call\r\n" : "";
        };
        const std::string wire = fuzz::written(text.substr(1), world.last_to(from), word);
        edge->receive(from, wire, now);
        world.answer(*edge, now);
        now.steady += std::chrono::seconds(1);
        edge->on_time(now);
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Scene scene;
    fuzz::each_message(data, size, size, [&](std::string_view text) { scene.say(text); });
    scene.now.steady += std::chrono::seconds(40);
    scene.edge->on_time(scene.now);
    return 0;
}
