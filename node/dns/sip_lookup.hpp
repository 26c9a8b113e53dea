// node/dns/sip_lookup.hpp - one lookup by RFC 3263: which questions are asked, and what their answers add up
// to. A core: time and replies are handed in, questions and the answer come out.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/dns/dns_reply.hpp"
#include "node/dns/naptr.hpp"
#include "node/dns/sip_locator.hpp"
#include "node/dns/srv.hpp"

namespace node {

/// What the URI says about the transport; sips turns it into its secure kin.
std::optional<sip::Transport> transport_of(const sip::DialledUri& dialled);
/// RFC 3263 §4.1: without NAPTR, SRV and transport= it is UDP, or TLS for sips; among `usable`, if that is
/// told.
sip::Transport fallback_transport(const sip::DialledUri& dialled, const std::vector<sip::Transport>& usable);

class SipLookup {
public:
    using Time = std::chrono::steady_clock::time_point;
    struct Question {
        std::size_t index = 0;  // of this lookup
        std::string name;
        DnsType type = DnsType::a;
    };

    /// `question` as canonical() has it, and one that why_never_asked() has nothing against. Borrows `config`
    /// and `random`.
    SipLookup(const SipLookupConfig& config, const RandomUpTo& random, DnsQuestion question, Time now);
    SipLookup(const SipLookup&) = delete;  // large, and nobody needs two
    SipLookup& operator=(const SipLookup&) = delete;

    void replied(std::size_t index, const DnsReply& reply, Time now);
    void on_time(Time now);
    /// To be put to DNS; ask until there is none, after each call that takes `now`.
    [[nodiscard]] std::optional<Question> next_question();
    /// One that need not be answered any more; ask until there is none.
    [[nodiscard]] std::optional<std::size_t> next_given_up();
    [[nodiscard]] Time next_wake() const noexcept { return wake_; }
    /// Once: then all is over, and what is still asked need not be answered.
    [[nodiscard]] std::optional<DnsAnswer> take_answer() { return std::exchange(answer_, std::nullopt); }

private:
    struct Family {
        std::vector<asio::ip::address> addresses;
        bool secure = false;
    };
    // One host to be called, and its addresses as far as known.
    struct Candidate {
        SrvRecord record;
        Family v4, v6;
    };
    struct Service {
        sip::Transport transport;
        std::string name;  // "_sip._udp.example.org", or the host itself
        std::vector<Candidate> candidates;
        bool exists = false;       // there was an SRV record, perhaps one that says no
        bool secure = false;       // the SRV answer, or denial, is
        bool passed_over = false;  // NAPTR names others
        std::string trouble = {};  // why a record of it leads nowhere; the end of a sentence
    };
    enum class Naptr : std::uint8_t {
        unasked,
        awaited,
        none,      // DNS says that no SIP services are named there
        chosen,    // order_ is NAPTR's
        unusable,  // the domain names SIP services, none of which we speak
        failed,    // what is named there is not known
    };
    struct Asked {
        DnsType type;
        std::size_t step;                    // in trace_
        std::optional<std::size_t> service;  // of all but NAPTR
        std::size_t candidate = 0;           // of A and AAAA
        Time at{};
        bool open = true;
        DnsStatus status = DnsStatus::silent;
    };

    [[nodiscard]] std::vector<sip::Transport> transports() const;
    void ask(const std::string& name, DnsType type, std::optional<std::size_t> service,
             std::size_t candidate = 0);
    std::size_t ask_service(sip::Transport transport, const std::string& name);
    void ask_addresses(std::size_t service, std::size_t candidate);
    void on_naptr(const DnsReply& reply);
    void give_up(Asked& asked, const char* why);
    void choose(const std::vector<NaptrService>& chosen);
    void on_srv(std::size_t service, const DnsReply& reply);
    void on_address(std::size_t service, std::size_t candidate, DnsType type, const DnsReply& reply);
    void ask_host_itself(sip::Transport transport, std::uint16_t port, bool secure_so_far);
    void settle();
    void finish(bool deadline_passed);
    [[nodiscard]] std::size_t unanswered() const;
    [[nodiscard]] bool naptr_is_secure() const { return naptr_ == Naptr::unasked || naptr_secure_; }
    [[nodiscard]] bool is_unknown(std::size_t service) const;
    [[nodiscard]] std::vector<DnsTarget> targets_of(const Service& service) const;
    [[nodiscard]] std::vector<DnsTarget> targets() const;
    [[nodiscard]] std::vector<DnsStatus> statuses() const;
    [[nodiscard]] bool any_failure() const;
    void judge(DnsAnswer& answer, bool deadline_passed) const;
    [[nodiscard]] std::string why_missing() const;

    const SipLookupConfig& config_;
    const RandomUpTo& random_;
    const DnsQuestion question_;
    const Time deadline_;
    Time now_;  // of the event that is looked at
    Time wake_;
    Naptr naptr_ = Naptr::unasked;
    bool naptr_secure_ = false;
    bool fell_back_ = false;  // no SRV: the host itself was asked
    bool in_grace_ = false;
    bool over_ = false;
    std::vector<Service> services_;   // all that were asked about
    std::vector<std::size_t> order_;  // those that count, best first
    std::vector<Asked> asked_;
    std::vector<DnsAsked> trace_;
    std::deque<Question> questions_;
    std::deque<std::size_t> given_up_;
    std::optional<DnsAnswer> answer_;
};

}  // namespace node
