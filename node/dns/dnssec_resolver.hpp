// node/dns/dnssec_resolver.hpp - the rules of one question to DNS: which client it is put to, validated where
// that is possible, and what its silence and its SERVFAIL mean. A core: time, replies and what became of its
// commands are handed in; commands and answers come out.
//   dnssec = off        nothing is validated
//   dnssec = auto       the servers are asked for the key of the trust anchor's zone. When DNSSEC proves it,
//                       everything is validated; else (a server that strips signatures, a clock that is
//                       wrong, no way to the root) plain DNS is used, every answer counts as insecure, and
//                       trouble() says so
//   dnssec = require    everything is validated, whatever becomes of it
// 1. A bogus answer is a failure: it is never data, and never "there is nothing".
// 2. Switching between validated and plain is for all names at once: no single name can be talked down.
// 3. Other servers (another network) mean new clients and a new check.
// 4. Questions are not bounded in time here; their askers have deadlines. When no server can be reached at
//    all, they end at once.
// After each call that takes `now`: next_command() and next_answer() until both are empty, then next_wake().
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "node/config/config.hpp"
#include "node/dns/dns_reply.hpp"

namespace node {

struct DnssecRules {
    Dnssec dnssec = Dnssec::off;
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

/// What the servers themselves say, past the clients.
struct PingResult {
    bool all_unreachable = false;  // each server: nothing listens there, or no way leads there
    std::optional<int> rcode;      // of the first that answered
    std::string server;            // "192.0.2.53:53": who answered, or could not be reached
};

class DnssecResolver {
public:
    using Time = std::chrono::steady_clock::time_point;
    enum class Client : std::uint8_t {
        plain,
        validating,
        checking,  // a fresh one, in whose cache is nothing
    };

    // Commands, to be obeyed in their order.
    /// Then replied() or cannot_ask(), unless it is dropped before.
    struct Put {
        QuestionId id = 0;
        std::string name;
        DnsType type = DnsType::a;
        Client client = Client::plain;
    };
    struct Drop {
        QuestionId id = 0;
    };
    /// Other servers: the next question is put to new clients.
    struct ForgetClients {};
    /// Make the checking client; then check_begun() or check_failed().
    struct StartCheck {};
    /// The checking client is the validating one from now on, or goes.
    struct EndCheck {
        bool use = false;
    };
    /// What do the servers themselves say to this question? Then pinged().
    struct AskWhy {
        QuestionId id = 0;
        std::string name;
        DnsType type = DnsType::a;
        std::chrono::milliseconds patience{0};
    };
    /// Are the servers there at all? Then servers_pinged().
    struct LookForServers {
        std::string name;
        DnsType type = DnsType::a;
        std::chrono::milliseconds patience{0};
    };
    using Command = std::variant<Put, Drop, ForgetClients, StartCheck, EndCheck, AskWhy, LookForServers>;
    struct Answered {
        QuestionId id = 0;
        DnsReply reply;
    };

    explicit DnssecResolver(DnssecRules rules) : rules_(rules) {}

    /// At first, and whenever the servers are others.
    void servers_changed(Time now);
    /// `name`: without trailing dot, one that may be asked for. Answered exactly once, unless cancelled.
    QuestionId ask(const std::string& name, DnsType type, Time now);
    void cancel(QuestionId id);

    void replied(QuestionId id, const DnsReply& reply, Time now);
    /// There is no such client, and why.
    void cannot_ask(QuestionId id, std::string why, Time now);
    /// The checking client is there. `zones`: those of the trust anchors, to be proven.
    void check_begun(const std::vector<std::string>& zones, Time now);
    /// `soon`: it may be another matter in a moment.
    void check_failed(std::string why, bool soon, Time now);
    void pinged(QuestionId id, const PingResult& result, Time now);
    void servers_pinged(const PingResult& result, Time now);
    void on_time(Time now);

    [[nodiscard]] std::optional<Command> next_command();
    [[nodiscard]] std::optional<Answered> next_answer();
    [[nodiscard]] std::optional<Time> next_wake() const;

    [[nodiscard]] DnssecState state() const noexcept { return state_; }
    /// One sentence when DNSSEC is wanted and cannot be had; else empty. For `status`.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

private:
    struct Question {
        std::string name;
        DnsType type = DnsType::a;
        Time asked{};
        std::optional<Client> client;      // empty: it waits for the check
        std::optional<DnsReply> servfail;  // and the servers are asked why
        bool of_check = false;
    };
    enum class Check : std::uint8_t { none, starts, runs };
    // libunbound's first retry comes after 376 ms: who has not answered by then may not be there.
    static constexpr std::chrono::milliseconds silence{400};

    void start_check();
    void end_check(std::string complaint, std::chrono::seconds again, Time now);
    void drop_check_questions();
    void on_check(const std::string& zone, const DnsReply& reply, Time now);
    void release_waiting(Time now);
    void hand_over(QuestionId id, Time now);
    QuestionId add(const std::string& name, DnsType type, Time now);
    void put(QuestionId id, Client client);
    void ask_why(QuestionId id, const DnsReply& reply, Time now);
    void finish(QuestionId id, const DnsReply& reply, Time now);
    void watch(Time now);
    void look_for_servers(Time now);

    const DnssecRules rules_;
    DnssecState state_ = DnssecState::off;
    std::string trouble_;
    Check check_ = Check::none;
    bool has_validating_ = false;
    bool impatient_ = false;  // the first check takes too long: plain questions meanwhile
    std::set<QuestionId> check_questions_;
    Time check_not_before_{};
    std::optional<Time> patience_over_, watch_at_;
    std::chrono::milliseconds pause_ = silence;  // between two looks for servers that are silent
    std::optional<QuestionId> looking_;          // the newest question when servers were looked for
    std::map<QuestionId, Question> questions_;   // older ones first
    QuestionId last_id_ = 0;
    std::deque<Command> commands_;
    std::deque<Answered> answers_;
};

}  // namespace node
