// node/dns_lookup.hpp - one lookup of the DnsLocator: which questions are asked, and what their answers add
// up to. A part of DnsLocator; SIP loop only.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/dns_locator.hpp"

namespace node {

class DnsLocator::Lookup {
public:
    /// Borrows config and dice. `finished` is called exactly once, from the loop, unless this is destroyed
    /// before.
    Lookup(asio::io_context& loop, const DnsLocatorConfig& config, const Dice& dice, DnsQuestion question,
           std::shared_ptr<DnsClient> client, std::function<void(DnsAnswer)> finished);
    ~Lookup();
    Lookup(const Lookup&) = delete;  // questions and the timer point back here
    Lookup& operator=(const Lookup&) = delete;

    void start();
    void abandon() { finished_ = nullptr; }

private:
    using Clock = std::chrono::steady_clock;
    // One host to be called, and its addresses as far as known.
    struct Candidate {
        sip::Transport transport;
        SrvRecord record;
        std::vector<asio::ip::address> v4, v6;
    };
    struct Service {
        sip::Transport transport;
        std::string name;  // "_sip._udp.example.org"
        std::vector<Candidate> candidates;
        bool exists = false;  // there was an SRV record, perhaps one that says no
    };
    struct Asked {
        std::size_t step;
        Clock::time_point at;
        std::optional<std::uint64_t> ticket;  // while unanswered
    };

    [[nodiscard]] std::vector<Service> services() const;
    void ask(const std::string& name, DnsType type, std::function<void(const DnsReply&)> then);
    void ask_addresses(std::size_t service, std::size_t candidate);
    void on_srv(std::size_t service, const DnsReply& reply);
    void on_address(std::size_t service, std::size_t candidate, DnsType type, const DnsReply& reply);
    void ask_host_itself(sip::Transport transport, std::uint16_t port);
    void settle();
    void arm(Clock::time_point at);
    void finish(bool deadline_passed);
    [[nodiscard]] std::vector<DnsTarget> targets() const;

    const DnsLocatorConfig& config_;
    const Dice& dice_;
    const DnsQuestion question_;
    const std::shared_ptr<DnsClient> client_;
    std::function<void(DnsAnswer)> finished_;
    asio::steady_timer timer_;
    std::vector<Service> services_;
    std::vector<Asked> asked_;
    std::vector<DnsStep> trace_;
    Clock::time_point deadline_;
    std::size_t unanswered_ = 0;
    bool failed_ = false;     // some question was
    bool fell_back_ = false;  // no SRV: the host itself was asked
    bool in_grace_ = false;
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

}  // namespace node
