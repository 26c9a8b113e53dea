// tests/sip/edge_fixture.hpp - an Edge between literals: wire text
// in, wire text out, a clock that the test sets.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sip/auth/digest.hpp"
#include "sip/edge/edge.hpp"
#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/message.hpp"

namespace sip::testing {

using namespace std::chrono_literals;

inline const std::array<std::uint8_t, 32> secret = {1, 2, 3, 4, 5, 6, 7, 8};
inline const std::string key_name = "u7cxnrdgcl4ixwmqmmwfbmvkzfkmugdzjspqzdcmgbdvcjgcsoaueaqb.hedge.alt";

inline Flow udp_flow(const char* remote = "10.0.0.9", std::uint16_t port = 5070) {
    return {Transport::udp,
            {asio::ip::make_address("127.0.0.2"), 5060},
            {asio::ip::make_address(remote), port},
            0};
}
inline Flow tcp_flow(const char* remote = "10.0.0.9", std::uint64_t connection = 7) {
    return {Transport::tcp,
            {asio::ip::make_address("127.0.0.2"), 5060},
            {asio::ip::make_address(remote), 40001},
            connection};
}

struct Sent : Output {
    struct Item {
        Flow flow;
        std::string bytes;
    };
    std::vector<Item> items;
    std::vector<Flow> closed, kept, pinged;
    void send(const Flow& flow, std::string bytes) override { items.push_back({flow, std::move(bytes)}); }
    void close(const Flow& flow) override { closed.push_back(flow); }
    void keep(const Flow& flow) override { kept.push_back(flow); }
    void ping(const Flow& flow) override { pinged.push_back(flow); }
    [[nodiscard]] std::optional<Flow> connection_to(const KeyHash& key) const override {
        std::optional<Flow> newest;
        for (const auto& [flow, peer] : peers) {
            if (peer.key_hash == key && alive(flow)) newest = flow;
        }
        return newest;
    }
    std::vector<Flow> dead;                 // connections that have ended
    bool reachable = true;                  // false: no socket for anything
    bool reopens = false;                   // TLS, too, to where a key was met before
    std::map<Endpoint, Flow> reached;       // connections that were opened
    std::vector<PeerExpectation> expected;  // of TLS connections, in the order they were opened
    std::map<Flow, PeerIdentity> peers;     // what these have proved
    std::optional<Flow> reach(Transport transport, const Endpoint& remote,
                              const PeerExpectation& peer) override {
        const bool known = reopens && transport == Transport::tls;
        if (!reachable || (!known && (transport == Transport::tls) == peer.empty())) return std::nullopt;
        if (transport == Transport::tls) {
            expected.push_back(peer);
            return Flow{
                transport, {asio::ip::make_address("127.0.0.2"), 5061}, remote, 500 + expected.size()};
        }
        Flow flow{transport, {asio::ip::make_address("127.0.0.2"), 5060}, remote, 0};
        if (transport == Transport::tcp) {
            flow.connection = 100 + reached.size();
            return reached.emplace(remote, flow).first->second;
        }
        return flow;
    }
    [[nodiscard]] std::optional<PeerIdentity> peer(const Flow& flow) const override {
        const auto found = peers.find(flow);
        return found == peers.end() ? std::nullopt : std::optional(found->second);
    }
    std::map<Flow, Flow> made_again;  // of connections through relays
    std::optional<Flow> again(const Flow& flow) override {
        const auto found = made_again.find(flow);
        return found == made_again.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] bool alive(const Flow& flow) const override {
        return std::find(dead.begin(), dead.end(), flow) == dead.end();
    }
};

struct UserTable : Users {
    std::map<std::string, Credentials, std::less<>> users;
    const Credentials* find(std::string_view user) override {
        const auto it = users.find(user);
        return it == users.end() ? nullptr : &it->second;
    }
};

struct MemoryStore : BindingStore {
    std::map<std::string, std::vector<Binding>> kept;
    bool works = true;
    int writes = 0;
    std::map<std::string, std::vector<Binding>> load() override { return kept; }
    bool replace(std::string_view user, const std::vector<Binding>& bindings) override {
        if (!works) return false;
        ++writes;
        if (bindings.empty()) {
            kept.erase(std::string(user));
        } else {
            kept[std::string(user)] = bindings;
        }
        return true;
    }
};

/// A node around the edge, of which a test sets what matters to it.
struct ScriptedHost : EdgeHost {
    std::vector<RouteQuestion> questions;
    std::vector<RouteId> waiting;                          // not answered yet
    std::vector<std::pair<RouteId, RouteAnswer>> answers;  // to be handed in when the event is over
    std::optional<RouteAnswer> at_once;
    std::function<bool(const NextHop&)> call_rule;
    std::function<bool(const asio::ip::address&, std::optional<std::uint16_t>)> our_addresses;
    std::function<Fields(std::string_view host, std::string_view challenge)> prover;
    std::function<InboundVerdict(const InboundCall&)> judgement;
    std::vector<Home> homes;
    std::vector<std::string> changed;  // users
    std::vector<std::string> anew;     // Request-URIs that led nowhere
    std::map<std::string, std::string, std::less<>> full_names;
    MediaPath* media_path = nullptr;

    void ask(const RouteId& id, const RouteQuestion& question) override {
        questions.push_back(question);
        if (at_once) {
            answers.emplace_back(id, *at_once);
        } else {
            waiting.push_back(id);
        }
    }
    [[nodiscard]] bool leads_here(const asio::ip::address& address,
                                  std::optional<std::uint16_t> port) const override {
        return our_addresses && our_addresses(address, port);
    }
    [[nodiscard]] bool may_call(const NextHop& hop) const override { return call_rule && call_rule(hop); }
    [[nodiscard]] Fields prove(std::string_view host, std::string_view challenge) const override {
        return prover ? prover(host, challenge) : Fields{};
    }
    [[nodiscard]] InboundVerdict judge(const InboundCall& call, Now) override {
        return judgement ? judgement(call) : InboundVerdict{};
    }
    [[nodiscard]] MediaPath* media() override { return media_path; }
    void home_seen(const Home& home) override { homes.push_back(home); }
    [[nodiscard]] std::string full_name(std::string_view label) const override {
        const auto found = full_names.find(label);
        return found == full_names.end() ? std::string() : found->second;
    }
    void bindings_changed(const std::string& user) override { changed.push_back(user); }
    void ask_anew(std::string_view request_uri) override { anew.emplace_back(request_uri); }
};

/// An Edge that is handed its host's answers as soon as an event is over, as the daemon does.
struct HostedEdge : Edge {
    HostedEdge(const EdgeConfig& config, Users& users, BindingStore& store, ScriptedHost& scripted,
               Output& output, Now now)
        : Edge(config, users, store, scripted, output, now), host(scripted) {}
    void receive(const Flow& flow, std::string_view wire, Now now) {
        Edge::receive(flow, wire, now);
        settle(now);
    }
    void on_time(Now now) {
        Edge::on_time(now);
        settle(now);
    }
    void settle(Now now) {
        for (const auto& [id, answer] : std::exchange(host.answers, {}))
            answered(id, answer, now);
    }
    ScriptedHost& host;
};

inline RouteAnswer redirect_to(std::string uri, double q = 1.0) {
    return {302, {}, {{std::move(uri), q}}, {}, {}};
}

/// The value of a header field in a message; empty when there is none.
inline std::string field(const std::string& wire, std::string_view name, std::size_t nth = 0) {
    const auto m = MessageView::parse(wire);
    if (!m) return "unreadable";
    for (const HeaderField& f : m->fields()) {
        if (equal_nocase(f.name, name) && nth-- == 0) return std::string(f.value);
    }
    return {};
}
inline int status_of(const std::string& wire) {
    const auto m = MessageView::parse(wire);
    return m ? m->status() : -1;
}
inline std::string parameter_of(const std::string& challenge, const std::string& name) {
    const auto at = challenge.find(name + "=\"");
    if (at == std::string::npos) return {};
    const auto start = at + name.size() + 2;
    return challenge.substr(start, challenge.find('"', start) - start);
}

/// What a phone would send.
struct Request {
    std::string method = "INVITE";
    std::string uri = "sip:bob@example.net";
    std::string from = "<sip:alice@127.0.0.2>;tag=a1";
    std::string to = "<sip:bob@example.net>";
    std::string call_id = "c1@phone";
    unsigned cseq = 1;
    std::string branch = "z9hG4bKone";
    std::string via_extra = ";rport";
    std::string more;  // further header lines, each with CRLF
    std::string body;

    [[nodiscard]] std::string text() const {
        return method + " " + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9:5070" +
               (branch.empty() ? "" : ";branch=" + branch) + via_extra +
               "\r\nMax-Forwards: 70\r\nFrom: " + from + "\r\nTo: " + to + "\r\nCall-ID: " + call_id +
               "\r\nCSeq: " + std::to_string(cseq) + " " + method + "\r\n" + more +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
};

struct EdgeTest : ::testing::Test {
    Sent sent;
    UserTable users;
    MemoryStore store;
    ScriptedHost host;
    std::vector<std::string>& changed = host.changed;
    Now now{std::chrono::steady_clock::time_point{} + 1000h, std::chrono::sys_seconds{1'800'000'000s}};
    EdgeConfig config;
    std::unique_ptr<HostedEdge> edge;
    Flow phone = udp_flow();

    EdgeTest() {
        users.users["alice"] = credentials_of("alice", "hedgewitch", "wonderland");
        users.users["bob"] = credentials_of("bob", "hedgewitch", "builder");
        config.secret = secret;
        config.source_requests = 1e6;  // who is silenced has tests of its own
        config.domains = {key_name, "home.test"};
        config.listening = {{asio::ip::make_address("0.0.0.0"), 5060}};
        config.forwards = true;
        config.delivery =
            Delivery::redirect;  // what the tests of redirects are about; those of the proxy say otherwise
        start();
    }
    void start() { edge = std::make_unique<HostedEdge>(config, users, store, host, sent, now); }
    void pass(std::chrono::milliseconds time) {
        now.steady += time;
        now.wall += std::chrono::duration_cast<std::chrono::seconds>(time);
        edge->on_time(now);
    }
    /// What was sent in answer; several are an error of the test, none is empty.
    std::string receive(const std::string& wire) { return receive(phone, wire); }
    std::string receive(const Flow& flow, const std::string& wire) {
        const std::size_t before = sent.items.size();
        edge->receive(flow, wire, now);
        EXPECT_LE(sent.items.size(), before + 1);
        return sent.items.size() > before ? sent.items.back().bytes : std::string{};
    }
    int status(const std::string& wire) {
        const std::string answer = receive(wire);
        return answer.empty() ? 0 : status_of(answer);
    }

    /// `request` with an Authorization that answers the challenge in `refusal`.
    static Request authorized(Request request, const std::string& refusal, const std::string& user = "alice",
                              const std::string& password = "wonderland",
                              DigestAlgorithm algorithm = DigestAlgorithm::sha256,
                              const std::string& nc = "00000001") {
        const bool sha = algorithm == DigestAlgorithm::sha256;
        const bool proxy = status_of(refusal) == 407;
        const std::string challenge =
            field(refusal, proxy ? "Proxy-Authenticate" : "WWW-Authenticate", sha ? 0 : 1);
        const std::string realm = parameter_of(challenge, "realm");
        const std::string nonce = parameter_of(challenge, "nonce");
        const Credentials credentials = credentials_of(user, realm, password);
        const std::string response =
            digest_response(algorithm, sha ? credentials.ha1_sha256 : credentials.ha1_md5, request.method,
                            request.uri, nonce, nc, "c0ffee");
        request.more += std::string(proxy ? "Proxy-" : "") + "Authorization: Digest username=\"" + user +
                        "\", realm=\"" + realm + "\", nonce=\"" + nonce + "\", uri=\"" + request.uri +
                        "\", response=\"" + response + "\", algorithm=" + (sha ? "SHA-256" : "MD5") +
                        ", cnonce=\"c0ffee\", qop=auth, nc=" + nc + "\r\n";
        request.cseq += 1;
        request.branch += "auth";
        return request;
    }
    /// Sends it, answers the challenge, and gives what came then.
    std::string as(const std::string& user, const std::string& password, Request request) {
        const std::string refusal = receive(request.text());
        EXPECT_EQ(status_of(refusal), request.method == "REGISTER" || !config.forwards ? 401 : 407)
            << refusal;
        acknowledge(request);
        return receive(authorized(request, refusal, user, password).text());
    }
    std::string as_alice(const Request& request) { return as("alice", "wonderland", request); }
    void acknowledge(Request request) {
        if (request.method != "INVITE") return;
        request.method = "ACK";
        request.more.clear();
        EXPECT_EQ(receive(request.text()), "");
    }
    static Request registration(const std::string& contact, unsigned cseq = 1, const std::string& more = {},
                                const std::string& user = "alice") {
        static int serial = 0;
        const std::string aor = "<sip:" + user + "@home.test>";
        return {"REGISTER",
                "sip:home.test",
                aor + ";tag=r",
                aor,
                "reg-" + user,
                cseq,
                "z9hG4bKreg" + std::to_string(++serial),
                ";rport",
                (contact.empty() ? "" : "Contact: " + contact + "\r\n") + more,
                {}};
    }
    std::string register_alice(const std::string& contact, unsigned cseq = 1, const std::string& more = {}) {
        return as_alice(registration(contact, cseq, more));
    }
    std::string register_bob(const std::string& contact) {
        return as("bob", "builder", registration(contact, 1, {}, "bob"));
    }
};

}  // namespace sip::testing
