// node/dns/sip_lookup.hpp - one lookup of the DnsLocator: which questions are asked, and what their answers
// add up to. A part of DnsLocator; SIP loop only.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/dns/naptr.hpp"
#include "node/dns/sip_locator.hpp"

namespace node {

/// What the URI says about the transport; sips turns it into its secure kin.
std::optional<sip::Transport> transport_of(const DnsQuestion& question);
/// RFC 3263 §4.1: without NAPTR, SRV and transport= it is UDP, or TLS for sips; among `usable`, if that is
/// told.
sip::Transport fallback_transport(const DnsQuestion& question, const std::vector<sip::Transport>& usable);

class DnsLocator::Lookup {
public:
    /// Borrows all references. `finished` is called exactly once, from the loop, unless this is destroyed
    /// before.
    Lookup(asio::io_context& loop, const DnsLocatorConfig& config, const Dice& dice, DnsQuestion question,
           DnsService& dns, std::function<void(DnsAnswer)> finished);
    ~Lookup();
    Lookup(const Lookup&) = delete;  // questions and the timer point back here
    Lookup& operator=(const Lookup&) = delete;

    void start();
    /// No answer is given any more, and nothing is waited for.
    void abandon();

private:
    using Clock = std::chrono::steady_clock;
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
    };
    enum class Naptr : std::uint8_t {
        unasked,
        awaited,
        none,      // no SIP services named there, or no answer that could be used
        chosen,    // order_ is NAPTR's
        unusable,  // the domain names SIP services, none of which we speak
        bogus,
    };
    struct Asked {
        std::size_t step;
        std::optional<std::size_t> service;
        Clock::time_point at;
        std::optional<DnsService::Ticket> ticket;  // while unanswered
        DnsStatus status = DnsStatus::silent;
    };

    [[nodiscard]] std::vector<sip::Transport> transports() const;
    void ask(const std::string& name, DnsType type, std::optional<std::size_t> service,
             std::function<void(const DnsReply&)> then);
    std::size_t ask_service(sip::Transport transport, const std::string& name);
    void ask_addresses(std::size_t service, std::size_t candidate);
    void on_naptr(const DnsReply& reply);
    void give_up(Asked& asked, const char* why);
    void choose(const std::vector<NaptrService>& chosen);
    void on_srv(std::size_t service, const DnsReply& reply);
    void on_address(std::size_t service, std::size_t candidate, DnsType type, const DnsReply& reply);
    void ask_host_itself(sip::Transport transport, std::uint16_t port, bool secure_so_far);
    void settle();
    void arm(Clock::time_point at);
    void on_time();
    void finish(bool deadline_passed);
    [[nodiscard]] bool naptr_is_secure() const { return naptr_ == Naptr::unasked || naptr_secure_; }
    [[nodiscard]] std::vector<DnsTarget> targets() const;
    [[nodiscard]] std::vector<DnsStatus> statuses() const;
    [[nodiscard]] bool any_failure() const;
    void judge(DnsAnswer& answer, bool deadline_passed) const;

    const DnsLocatorConfig& config_;
    const Dice& dice_;
    const DnsQuestion question_;
    DnsService& dns_;
    std::function<void(DnsAnswer)> finished_;
    asio::steady_timer timer_;
    Naptr naptr_ = Naptr::unasked;
    bool naptr_secure_ = false;
    std::vector<Service> services_;   // all that were asked about
    std::vector<std::size_t> order_;  // those that count, best first
    std::vector<Asked> asked_;
    std::vector<DnsStep> trace_;
    Clock::time_point deadline_;
    std::size_t unanswered_ = 0;
    bool fell_back_ = false;  // no SRV: the host itself was asked
    bool in_grace_ = false;
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

}  // namespace node
