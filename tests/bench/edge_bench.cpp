// tests/bench/edge_bench.cpp - what one request costs the edge alone: no sockets, no daemon, no database. One
// phone, by turns of the clock as under load, so that transactions end and make room for others.
#include <benchmark/benchmark.h>

#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sip/auth/digest.hpp"
#include "sip/edge/edge.hpp"

namespace {

using namespace std::chrono_literals;

constexpr auto between = 20us;  // 50,000 requests a second
constexpr std::string_view realm = "bench", password = "wonderland";

class Table : public sip::Users {
public:
    sip::Credentials alice = sip::credentials_of("alice", realm, password);
    const sip::Credentials* find(std::string_view user) override {
        return user == "alice" || user == "bob" ? &alice : nullptr;
    }
};

class Memory : public sip::BindingStore {
public:
    std::map<std::string, std::vector<sip::Binding>> load() override {
        sip::Binding phone;
        phone.contact = "sip:bob@192.0.2.7:5060;transport=UDP";
        phone.flow.remote = {asio::ip::make_address("192.0.2.7"), 5060};
        phone.expires = std::chrono::sys_seconds(100h);
        return {{"bob", {phone}}};
    }
    bool replace(std::string_view /*user*/, const std::vector<sip::Binding>& /*bindings*/) override {
        return true;
    }
};

class Host : public sip::EdgeHost {
public:
    std::optional<sip::RouteId> asked;
    void ask(const sip::RouteId& id, const sip::RouteQuestion& /*question*/) override { asked = id; }
};

class Last : public sip::Output {
public:
    std::string sent;
    void send(const sip::Flow& /*flow*/, std::string bytes) override { sent = std::move(bytes); }
    void close(const sip::Flow& /*flow*/) override {}
};

sip::EdgeConfig config() {
    sip::EdgeConfig config;
    config.secret.fill(1);
    config.realm = realm;
    config.domains = {"bench.example"};
    config.listening = {{asio::ip::make_address("192.0.2.1"), 5060}};
    config.forwards = true;
    config.judges_strangers = true;
    config.source_requests = 1e9;
    return config;
}

class Bench {
public:
    Bench() {
        flow_.local = {asio::ip::make_address("192.0.2.1"), 5060};
        flow_.remote = {asio::ip::make_address("192.0.2.4"), 5060};
    }

    /// One message in, and all that follows from it. False: not answered with `status`.
    bool answered(const std::string& wire, std::string_view status) {
        now_.steady += between;
        output_.sent.clear();
        edge_.receive(flow_, wire, now_);
        if (host_.asked) {
            sip::RouteAnswer found;
            found.status = 302;
            for (const auto& phone : edge_.bindings("bob", now_))
                found.contacts.push_back({phone.contact, phone.q / 1000.0});
            edge_.answered(*std::exchange(host_.asked, std::nullopt), std::move(found), now_);
        }
        if (edge_.next_wake().value_or(now_.steady + 1s) <= now_.steady) edge_.on_time(now_);
        return output_.sent.empty() ? status.empty() : output_.sent.compare(8, 3, status) == 0;
    }
    [[nodiscard]] const std::string& answer() const noexcept { return output_.sent; }

    std::string request(std::string_view method, std::string_view uri, std::string_view from,
                        const std::string& more, std::string_view body = {}) {
        const auto number = std::to_string(++number_);
        const std::string self = "<sip:" + std::string(from) + ">";
        return std::string(method) + " " + std::string(uri) +
               " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.4:5060;rport;branch=z9hG4bK4711." + number +
               "\r\nMax-Forwards: 70\r\nFrom: " + self + ";tag=t1\r\nTo: <" +
               (method == "INVITE" ? std::string(uri) : "sip:" + std::string(from)) + ">\r\nCall-ID: c" +
               (method == "REGISTER" ? std::string("1") : number) + "\r\nCSeq: " + number + " " +
               std::string(method) +
               "\r\nContact: <sip:alice@192.0.2.4:5060;line=0>\r\nUser-Agent: bench\r\n" + more +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
    }

    /// With the nonce of the last 401, for the `nc`th time.
    std::string registration(std::uint32_t nc) {
        char count[9];
        std::snprintf(count, sizeof count, "%08x", nc);
        const auto response = sip::digest_response(sip::DigestAlgorithm::md5, users_.alice.ha1_md5,
                                                   "REGISTER", "sip:bench.example", nonce_, count, "c0ffee");
        return request("REGISTER", "sip:bench.example", "alice@bench.example",
                       "Expires: 600\r\nAuthorization: Digest username=\"alice\", realm=\"bench\", nonce=\"" +
                           nonce_ + "\", uri=\"sip:bench.example\", response=\"" + response +
                           "\", algorithm=MD5, qop=auth, cnonce=\"c0ffee\", nc=" + count + "\r\n");
    }
    bool challenged() {
        if (!answered(request("REGISTER", "sip:bench.example", "alice@bench.example", ""), "401"))
            return false;
        const auto at = answer().find("nonce=\"") + 7;
        nonce_ = answer().substr(at, answer().find('"', at) - at);
        return true;
    }

private:
    Table users_;
    Memory memory_;
    Host host_;
    Last output_;
    sip::Now now_{std::chrono::steady_clock::time_point(1h), std::chrono::sys_seconds(1h)};
    sip::Edge edge_{config(), users_, memory_, host_, output_, now_};
    sip::Flow flow_;
    std::uint64_t number_ = 0;
    std::string nonce_;
};

void check(bool fine, const Bench& bench) {
    if (!fine) throw std::runtime_error("answered with: " + bench.answer());
}

void options(benchmark::State& state) {
    Bench bench;
    for (auto _ : state)
        check(bench.answered(bench.request("OPTIONS", "sip:bench.example", "alice@elsewhere.example", ""),
                             "200"),
              bench);
}
BENCHMARK(options);

/// A stranger's call: INVITE, 302, ACK.
void redirected(benchmark::State& state) {
    Bench bench;
    const std::string sdp =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.4\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\nm=audio 40000 RTP/AVP "
        "8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    for (auto _ : state) {
        const auto invite = bench.request("INVITE", "sip:bob@bench.example", "eve@elsewhere.example",
                                          "Content-Type: application/sdp\r\n", sdp);
        check(bench.answered(invite, "302"), bench);
        const auto via = invite.find("Via"), to = invite.find("To: "), call = invite.find("Call-ID"),
                   cseq = invite.find("CSeq"), contact = invite.find("Contact");
        const auto& answer = bench.answer();
        const auto their_to = answer.find("To: ");
        auto number = invite.substr(cseq, contact - cseq);
        number.replace(number.find("INVITE"), 6, "ACK");
        const auto ack = "ACK sip:bob@bench.example SIP/2.0\r\n" + invite.substr(via, to - via) +
                         answer.substr(their_to, answer.find("\r\n", their_to) + 2 - their_to) +
                         invite.substr(call, cseq - call) + number + "Content-Length: 0\r\n\r\n";
        check(bench.answered(ack, ""), bench);
    }
}
BENCHMARK(redirected);

void registered_anew(benchmark::State& state) {
    Bench bench;
    for (auto _ : state) {
        check(bench.challenged(), bench);
        check(bench.answered(bench.registration(1), "200"), bench);
    }
}
BENCHMARK(registered_anew);

void registered_again(benchmark::State& state) {
    Bench bench;
    check(bench.challenged(), bench);
    std::uint32_t nc = 0;
    for (auto _ : state)
        check(bench.answered(bench.registration(++nc), "200"), bench);
}
BENCHMARK(registered_again);

/// What of the above is this program's own.
void writing_the_requests(benchmark::State& state) {
    Bench bench;
    for (auto _ : state) {
        auto text = bench.request("OPTIONS", "sip:bench.example", "alice@elsewhere.example", "");
        benchmark::DoNotOptimize(text);
    }
}
BENCHMARK(writing_the_requests);

}  // namespace
