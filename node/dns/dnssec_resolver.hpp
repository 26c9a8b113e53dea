// node/dns/dnssec_resolver.hpp - one question to DNS, put to the servers of now, validated where that is
// possible.
//   dnssec = off        nothing is validated
//   dnssec = auto       the servers are asked for the key of the trust anchor's zone. When DNSSEC proves it,
//                       everything is validated; else (a server that strips signatures, a clock that is
//                       wrong, no way to the root) plain DNS is used, every answer counts as insecure, and
//                       trouble() says so
//   dnssec = require    everything is validated, whatever becomes of it
// 1. A bogus answer is a failure: it is never data, and never "there is nothing".
// 2. Switching between validated and plain is for all names at once: no single name can be talked down.
// 3. A changed resolv.conf (another network) means new clients and a new check.
// 4. Questions are not bounded in time here; their askers have deadlines. When no server can be reached at
//    all, they end at once.
// SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/config/config.hpp"
#include "node/dns/server_ping.hpp"
#include "node/dns/trust_anchor.hpp"
#include "node/dns/unbound_client.hpp"

namespace node {

struct DnsServiceConfig {
    DnsServers servers;  // without trust_anchors: those are read from the file
    Dnssec dnssec = Dnssec::off;
    std::filesystem::path trust_anchor;  // empty: see trust_anchor_file()
    /// How long questions wait for the first check; then they are asked plainly (auto) until it has an
    /// answer.
    std::chrono::milliseconds check_patience{1000};
    /// A check that failed, or that a bogus answer gives reason to doubt, is repeated no sooner.
    std::chrono::seconds check_again{60};
};

enum class DnssecState : std::uint8_t { off, checking, validating, unavailable };
std::string_view name(DnssecState state) noexcept;

/// Why this host (lowercase, no trailing dot) is never asked for; nullopt when it may be.
std::optional<std::string_view> why_never_asked(std::string_view host);

class DnsService {
public:
    using Ticket = std::uint64_t;
    using Done = DnsClient::Done;

    /// Throws std::runtime_error when DNSSEC is required and there is no usable trust anchor.
    DnsService(asio::io_context& loop, DnsServiceConfig config);
    /// What is under way is never answered.
    ~DnsService();
    DnsService(const DnsService&) = delete;  // questions point back here
    DnsService& operator=(const DnsService&) = delete;

    /// `name`: without trailing dot, one that may be asked for. Calls `done` exactly once, from the loop,
    /// never before this returns; not after cancel().
    Ticket ask(const std::string& name, DnsType type, Done done);
    void cancel(Ticket ticket);

    [[nodiscard]] DnssecState state() const noexcept { return state_; }
    /// One sentence when DNSSEC is wanted and cannot be had; else empty. For `status`.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

private:
    using Clock = std::chrono::steady_clock;
    struct Question {
        std::string name;
        DnsType type;
        Done done;
        Clock::time_point asked;
        std::shared_ptr<DnsClient> client;  // empty: it waits for the check
        std::uint64_t client_ticket = 0;
        std::unique_ptr<DnsProbe> probe;  // why it was SERVFAIL
    };
    struct Check {
        std::shared_ptr<DnsClient> client;  // a fresh one: nothing is in its cache
        std::set<Ticket> questions;
    };

    void notice_change();
    void start_check();
    void on_check(Ticket ticket, const std::string& zone, const DnsReply& reply);
    void end_check(std::string complaint, std::chrono::seconds again);
    void release_waiting();
    /// Empty: with `why_not` there is none; without, the question has to wait for the check.
    std::shared_ptr<DnsClient> client_of_now(std::string& why_not);
    Ticket put(const std::string& name, DnsType type, const std::shared_ptr<DnsClient>& client, Done done);
    void hand_over(Ticket ticket, const std::shared_ptr<DnsClient>& client, const std::string& why_not);
    void on_reply(Ticket ticket, const DnsReply& reply);
    void finish(Ticket ticket, const DnsReply& reply);
    void ask_why(Ticket ticket, const DnsReply& reply);
    [[nodiscard]] std::vector<sip::Endpoint> servers() const;
    void watch();
    void look_for_servers();
    void on_probe(Ticket newest, const DnsProbe::Result& result);

    asio::io_context& loop_;
    const DnsServiceConfig config_;
    std::shared_ptr<DnsClient> validating_, plain_;
    std::optional<std::filesystem::file_time_type> resolv_conf_time_;
    DnssecState state_ = DnssecState::off;
    bool impatient_ = false;  // the first check takes too long: plain questions meanwhile
    std::string trouble_;
    std::optional<Check> check_;
    Clock::time_point check_not_before_;
    asio::steady_timer patience_, watch_timer_;
    std::chrono::milliseconds pause_;
    bool watching_ = false;
    std::unique_ptr<DnsProbe> probe_;       // are the servers there at all?
    std::map<Ticket, Question> questions_;  // older ones first
    Ticket last_ticket_ = 0;
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

}  // namespace node
