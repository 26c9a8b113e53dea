// node/dns/key_binding_lookup.hpp - asks DNS for the binding of a domain (node/dns/key_binding_record.hpp
// says what that is).
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "node/dns/dnssec_resolver.hpp"
#include "node/dns/key_binding_record.hpp"

namespace node {

class DnsBindings : public DomainBindings {
public:
    /// Borrows `service`.
    DnsBindings(asio::io_context& loop, DnsService& service, std::chrono::milliseconds deadline);
    /// What is under way is never answered.
    ~DnsBindings() override;
    DnsBindings(const DnsBindings&) = delete;  // questions and timers point back here
    DnsBindings& operator=(const DnsBindings&) = delete;

    void lookup(const std::string& domain, std::function<void(DnsBinding)> done) override;

private:
    struct Pending {
        explicit Pending(asio::io_context& loop) : timer(loop) {}
        asio::steady_timer timer;
        std::chrono::steady_clock::time_point asked;
        DnsService::Ticket ticket = 0;
        std::string domain;
        std::function<void(DnsBinding)> done;
    };
    void finish(std::uint64_t id, const DnsReply& reply);

    asio::io_context& loop_;
    DnsService& service_;
    const std::chrono::milliseconds deadline_;
    std::map<std::uint64_t, Pending> pending_;
    std::uint64_t last_id_ = 0;
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

}  // namespace node
