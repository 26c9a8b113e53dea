// tests/bench/sip_load.cpp - REGISTER, OPTIONS and INVITE -> 302 per second: drives a running node over UDP,
// closed loop.
//   sip_load --target 127.0.0.1:5060 --user alice --password wonderland --mode register --seconds 5
//   sip_load --target 127.0.0.1:5060 --user alice --password wonderland --mode invite --uri sip:bob@127.0.0.1
//   modes: register (a nonce used again, as phones do), challenged (each REGISTER 401, then 200), invite,
//   options
// `window` phones on one socket; each sends its next request when the last one has its final answer, with its
// own nonce and rising nc, as a phone would. Run it on another core than the node (--cpu, and taskset for the
// node), and give --server-pid: the figure is the node's only while the node, not this program, is the one at
// 100 %. Exits with 1 when a request was lost or answered with something else than was asked for (--expect).
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sip/auth/digest.hpp"
#include "sip/syntax/message.hpp"
#include "sip/syntax/message_check.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t batch = 64;
constexpr auto retransmit_after = 500ms;  // RFC 3261 §17.1.1.1, T1
constexpr auto lost_after = 8s;           // a node answers within 5 s

struct Options {
    std::string target, user, password, mode = "register", uri, domain;
    double seconds = 5, warmup = 1;
    std::size_t window = 32, contacts = 4;
    int expect = 0, cpu = -1, server_pid = 0;
};

struct Challenge {
    std::string realm, nonce, opaque;
    bool proxy = false;
};

struct Phone {
    std::uint32_t cseq = 0, nc = 0;
    std::optional<Challenge> challenge;
    std::string ha1;
    std::string wire;  // under way; empty: none
    Clock::time_point first_sent, last_sent;
    int challenged_in_a_row = 0;
};

struct Tally {
    std::uint64_t answered = 0, challenges = 0, retransmissions = 0, lost = 0, strays = 0;
    std::map<int, std::uint64_t> unexpected;
    std::vector<std::uint32_t> latency_us;
};

std::string quoted(std::string_view value, std::string_view name) {
    const std::string key = std::string(name) + "=\"";
    const auto at = value.find(key);
    if (at == std::string_view::npos) return {};
    value.remove_prefix(at + key.size());
    return std::string(value.substr(0, value.find('"')));
}

class Load {
public:
    explicit Load(const Options& options) : options_(options), phones_(options.window) {
        const auto colon = options.target.rfind(':');
        const asio::ip::udp::endpoint target(
            asio::ip::make_address(options.target.substr(0, colon)),
            static_cast<std::uint16_t>(std::stoi(options.target.substr(colon + 1))));
        socket_.connect(target);
        socket_.set_option(asio::socket_base::receive_buffer_size(4 * 1024 * 1024));
        const auto local = socket_.local_endpoint();
        here_ = local.address().to_string() + ":" + std::to_string(local.port());
        if (options_.domain.empty()) options_.domain = options.target;
        if (options_.uri.empty()) options_.uri = "sip:" + options_.domain;
        invite_ = options.mode == "invite";
        challenged_ = options.mode == "challenged";
        method_ = invite_ ? "INVITE" : options.mode == "options" ? "OPTIONS" : "REGISTER";
        if (options_.expect == 0) options_.expect = invite_ ? 302 : 200;
        run_ = std::to_string(::getpid());
        tally_.latency_us.reserve(1'000'000);
    }

    /// Runs for `seconds`, the first request of each phone included, and then until nothing is under way.
    Tally run(double seconds) {
        tally_ = {};
        const auto end = Clock::now() +
                         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
        auto next_look = Clock::now() + 100ms;
        for (std::size_t i = 0; i < phones_.size(); ++i)
            request(i);
        flush();
        while (under_way_ > 0) {
            const auto now = Clock::now();
            going_ = now < end;
            if (now > next_look) {
                next_look = now + 100ms;
                look_after(now);
            }
            pollfd readable{socket_.native_handle(), POLLIN, 0};
            if (::poll(&readable, 1, 50) > 0) receive();
            flush();
        }
        return std::move(tally_);
    }

private:
    static constexpr std::size_t slot_size = 8192;

    void request(std::size_t index) {
        Phone& phone = phones_[index];
        if (phone.wire.empty()) ++under_way_;
        ++phone.cseq;
        phone.wire = text(index, phone);
        phone.first_sent = phone.last_sent = Clock::now();
        outgoing_.push_back(phone.wire);
    }

    std::string text(std::size_t index, Phone& phone) const {
        const std::string& method = method_;
        const std::string number = std::to_string(index);
        const std::string self = "sip:" + options_.user + "@" + options_.domain;
        std::string out;
        out.reserve(1024);
        out += method + " " + options_.uri + " SIP/2.0\r\nVia: SIP/2.0/UDP " + here_ +
               ";rport;branch=z9hG4bK" + run_ + "." + number + "." + std::to_string(phone.cseq) +
               "\r\nMax-Forwards: 70\r\nFrom: <" + self + ">;tag=t" + number + "\r\nTo: <" +
               (invite_ ? options_.uri : self) + ">\r\nCall-ID: " + call_id(index, phone) +
               "\r\nCSeq: " + std::to_string(phone.cseq) + " " + method +
               "\r\nContact: <sip:" + options_.user + "@" + here_ +
               ";line=" + std::to_string(index % options_.contacts) + ">\r\nUser-Agent: sip_load\r\n";
        if (phone.challenge) out += authorization(phone, method);
        if (!invite_) return out + "Expires: 600\r\nContent-Length: 0\r\n\r\n";
        const std::string sdp =
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP "
            "8 0 "
            "101\r\na=rtpmap:101 telephone-event/8000\r\n";
        return out + "Content-Type: application/sdp\r\nContent-Length: " + std::to_string(sdp.size()) +
               "\r\n\r\n" + sdp;
    }

    // A phone keeps its Call-ID for all its REGISTERs (§10.2), and takes a new one for each call.
    std::string call_id(std::size_t index, const Phone& phone) const {
        return run_ + "-" + std::to_string(index) +
               (invite_ ? "-" + std::to_string(phone.cseq) : std::string());
    }

    std::string authorization(Phone& phone, const std::string& method) const {
        char nc[9];
        std::snprintf(nc, sizeof nc, "%08x", ++phone.nc);
        const Challenge& c = *phone.challenge;
        const std::string response = sip::digest_response(sip::DigestAlgorithm::md5, phone.ha1, method,
                                                          options_.uri, c.nonce, nc, "c0ffee");
        std::string out = std::string(c.proxy ? "Proxy-Authorization" : "Authorization") +
                          ": Digest username=\"" + options_.user + "\", realm=\"" + c.realm + "\", nonce=\"" +
                          c.nonce + "\", uri=\"" + options_.uri + "\", response=\"" + response +
                          "\", algorithm=MD5, qop=auth, cnonce=\"c0ffee\", nc=" + nc;
        if (!c.opaque.empty()) out += ", opaque=\"" + c.opaque + "\"";
        return out + "\r\n";
    }

    void acknowledge(std::size_t index, const sip::MessageView& answer) {
        const Phone& phone = phones_[index];
        // §17.1.1.3: Via, Max-Forwards and From as in the INVITE; To as in the answer.
        const auto via = phone.wire.find("\r\nVia: ") + 2, to = phone.wire.find("\r\nTo: ") + 2;
        outgoing_.push_back("ACK " + options_.uri + " SIP/2.0\r\n" + phone.wire.substr(via, to - via) +
                            "To: " + std::string(answer.header(sip::Header::to).value_or("")) +
                            "\r\nCall-ID: " + call_id(index, phone) +
                            "\r\nCSeq: " + std::to_string(phone.cseq) + " ACK\r\nContent-Length: 0\r\n\r\n");
    }

    void on_answer(std::string_view wire) {
        const auto answer = sip::MessageView::parse(wire);
        const auto via = answer ? answer->top_via() : tl::unexpected(answer.error());
        const auto index = via ? phone_of(via->branch()) : std::nullopt;
        if (!index || answer->is_request()) {
            ++tally_.strays;  // an answer to a retransmission, or none of ours
            return;
        }
        if (answer->status() < 200) return;
        Phone& phone = phones_[*index];
        if (invite_ && answer->status() >= 300) acknowledge(*index, *answer);
        const bool challenged = answer->status() == 401 || answer->status() == 407;
        if (challenged && ++phone.challenged_in_a_row < 3 && take(phone, *answer)) {
            ++tally_.challenges;
            return request(*index);
        }
        phone.challenged_in_a_row = 0;
        if (answer->status() != options_.expect) {
            ++tally_.unexpected[answer->status()];
        } else {
            const auto took =
                std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - phone.first_sent);
            tally_.latency_us.push_back(static_cast<std::uint32_t>(took.count()));
            ++tally_.answered;
        }
        if (challenged_) phone.challenge.reset();
        next(*index);
    }

    void next(std::size_t index) {
        if (going_) return request(index);
        phones_[index].wire.clear();
        --under_way_;
    }

    // branch: z9hG4bK<run>.<phone>.<cseq>, of the request that is under way.
    std::optional<std::size_t> phone_of(std::string_view branch) const {
        const std::string prefix = "z9hG4bK" + run_ + ".";
        if (!branch.starts_with(prefix)) return std::nullopt;
        branch.remove_prefix(prefix.size());
        const auto dot = branch.find('.');
        if (dot == std::string_view::npos) return std::nullopt;
        const auto index = sip::parse_number(branch.substr(0, dot)),
                   cseq = sip::parse_number(branch.substr(dot + 1));
        if (!index || !cseq || *index >= phones_.size()) return std::nullopt;
        const Phone& phone = phones_[*index];
        return phone.cseq == *cseq && !phone.wire.empty() ? std::optional<std::size_t>(*index) : std::nullopt;
    }

    // The MD5 challenge among those offered.
    bool take(Phone& phone, const sip::MessageView& answer) const {
        const bool proxy = answer.status() == 407;
        bool taken = false;
        answer.each_value(
            proxy ? sip::Header::proxy_authenticate : sip::Header::www_authenticate,
            [&](std::string_view value) {
                if (value.find("SHA-256") != std::string_view::npos) return true;
                phone.challenge =
                    Challenge{quoted(value, "realm"), quoted(value, "nonce"), quoted(value, "opaque"), proxy};
                phone.ha1 =
                    sip::credentials_of(options_.user, phone.challenge->realm, options_.password).ha1_md5;
                phone.nc = 0;
                taken = true;
                return false;
            });
        return taken;
    }

    void look_after(Clock::time_point now) {
        for (std::size_t i = 0; i < phones_.size(); ++i) {
            Phone& phone = phones_[i];
            if (phone.wire.empty() || now - phone.last_sent < retransmit_after) continue;
            if (now - phone.first_sent > lost_after) {
                ++tally_.lost;
                next(i);
                continue;
            }
            ++tally_.retransmissions;
            phone.last_sent = now;
            outgoing_.push_back(phone.wire);
        }
    }

    void receive() {
        std::array<mmsghdr, batch> headers{};
        std::array<iovec, batch> vectors{};
        for (std::size_t i = 0; i < batch; ++i) {
            vectors[i] = {incoming_.data() + i * slot_size, slot_size};
            headers[i].msg_hdr.msg_iov = &vectors[i];
            headers[i].msg_hdr.msg_iovlen = 1;
        }
        const int got = ::recvmmsg(socket_.native_handle(), headers.data(), batch, MSG_DONTWAIT, nullptr);
        for (int i = 0; i < got; ++i) {
            const auto slot = static_cast<std::size_t>(i);
            on_answer({incoming_.data() + slot * slot_size, headers[slot].msg_len});
        }
    }

    void flush() {
        for (std::size_t done = 0; done < outgoing_.size();) {
            std::array<mmsghdr, batch> headers{};
            std::array<iovec, batch> vectors{};
            const std::size_t count = std::min(batch, outgoing_.size() - done);
            for (std::size_t i = 0; i < count; ++i) {
                vectors[i] = {outgoing_[done + i].data(), outgoing_[done + i].size()};
                headers[i].msg_hdr.msg_iov = &vectors[i];
                headers[i].msg_hdr.msg_iovlen = 1;
            }
            const int sent =
                ::sendmmsg(socket_.native_handle(), headers.data(), static_cast<unsigned>(count), 0);
            done += sent > 0 ? static_cast<std::size_t>(sent)
                             : 1;  // refused: no node there; retransmitted or lost
        }
        outgoing_.clear();
    }

    Options options_;
    asio::io_context loop_;
    asio::ip::udp::socket socket_{loop_, asio::ip::udp::v4()};
    std::string here_, run_;
    std::string method_;
    bool invite_ = false, challenged_ = false, going_ = true;
    std::vector<Phone> phones_;
    std::size_t under_way_ = 0;
    std::vector<std::string> outgoing_;
    std::vector<char> incoming_ = std::vector<char>(batch * slot_size);
    Tally tally_;
};

double own_cpu() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// proc(5): utime and stime are fields 14 and 15; the second one, in parentheses, may hold spaces.
double cpu_of(int pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(in, line);
    std::istringstream rest(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
        rest >> skipped;
    double user = 0, system = 0;
    rest >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

int report(const Options& options, Tally tally, double seconds, double own, double server) {
    auto& latency = tally.latency_us;
    std::sort(latency.begin(), latency.end());
    const auto percentile = [&](double p) {
        return latency.empty()
                   ? 0.0
                   : latency[static_cast<std::size_t>(p * static_cast<double>(latency.size() - 1))] / 1000.0;
    };
    std::printf("%s: %.0f/s (%llu in %.2f s, window %zu)\n", options.mode.c_str(),
                static_cast<double>(tally.answered) / seconds,
                static_cast<unsigned long long>(tally.answered), seconds, options.window);
    std::printf("latency: p50 %.3f ms, p99 %.3f ms, max %.2f ms\n", percentile(0.5), percentile(0.99),
                percentile(1));
    std::printf("challenges %llu, retransmissions %llu, strays %llu, lost %llu\n",
                static_cast<unsigned long long>(tally.challenges),
                static_cast<unsigned long long>(tally.retransmissions),
                static_cast<unsigned long long>(tally.strays), static_cast<unsigned long long>(tally.lost));
    for (const auto& [status, count] : tally.unexpected)
        std::printf("unexpected %d: %llu\n", status, static_cast<unsigned long long>(count));
    std::printf("CPU: client %.0f %%", own / seconds * 100);
    if (options.server_pid > 0) {
        std::printf(", server %.0f %% of one core: %.0f/s for each second of its CPU time",
                    server / seconds * 100, server > 0 ? static_cast<double>(tally.answered) / server : 0.0);
        if (own > server) std::printf(" - the client was the bottleneck, not the server");
    }
    std::printf("\n");
    return tally.answered == 0 || tally.lost > 0 || !tally.unexpected.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("REGISTER, OPTIONS and INVITE -> 302 per second of a running SIP node, over UDP");
    app.add_option("--target", options.target, "address:port (IPv4)")->required();
    app.add_option("--user", options.user)->required();
    app.add_option("--password", options.password)->required();
    app.add_option("--mode", options.mode)
        ->check(CLI::IsMember({"register", "challenged", "invite", "options"}));
    app.add_option("--uri", options.uri, "Request-URI; default sip:<domain>");
    app.add_option("--domain", options.domain, "of the user's address; default: the target");
    app.add_option("--seconds", options.seconds, "measured");
    app.add_option("--warmup", options.warmup, "seconds before that: challenges, caches");
    app.add_option("--window", options.window, "phones, each with one request under way")
        ->check(CLI::Range(1, 10'000));
    app.add_option("--contacts", options.contacts, "different Contacts among the phones")
        ->check(CLI::Range(1, 16));
    app.add_option("--expect", options.expect, "final status; default 200 or 302");
    app.add_option("--cpu", options.cpu, "run on this core only");
    app.add_option("--server-pid", options.server_pid, "to report the node's CPU time");
    CLI11_PARSE(app, argc, argv);
    if (options.cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(static_cast<std::size_t>(options.cpu), &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0) std::perror("--cpu");
    }
    try {
        Load load(options);
        const Tally warm = load.run(options.warmup);
        if (warm.lost > 0 || !warm.unexpected.empty()) return report(options, warm, options.warmup, 0, 0);
        const double own = own_cpu(), server = options.server_pid > 0 ? cpu_of(options.server_pid) : 0;
        const auto start = Clock::now();
        Tally tally = load.run(options.seconds);
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        const double server_after = options.server_pid > 0 ? cpu_of(options.server_pid) : 0;
        std::printf("answered in all %llu\n",
                    static_cast<unsigned long long>(warm.answered + tally.answered));
        return report(options, std::move(tally), seconds, own_cpu() - own, server_after - server);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
