// node/dns/dns_driver.hpp - everything that is asked of DNS: the clients, the sockets and the timer of this
// room, around the rules of DnssecResolver, SipLookup and key_binding_lookup. SIP loop only.
// 1. Bounded: 1,000 lookups of each kind under way.
// 2. A changed resolv.conf (another network) means new clients.
#pragma once

#include <asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/dns/dnssec_resolver.hpp"
#include "node/dns/key_binding_record.hpp"
#include "node/dns/server_ping_driver.hpp"
#include "node/dns/sip_lookup.hpp"
#include "node/dns/unbound_client.hpp"
#include "node/wake_timer.hpp"
#include "sip/alive.hpp"
#include "sip/timer_queue.hpp"

namespace node {

struct DnsDriverConfig {
    DnsServers servers;  // without trust_anchors: those are read from the file
    DnssecRules rules;
    std::filesystem::path trust_anchor;  // empty: see trust_anchor_file()
    SipLookupConfig locator;             // its deadline is that of key bindings, too
};

class DnsDriver : public KeyBindings {
public:
    /// Throws std::runtime_error when DNSSEC is required and there is no usable trust anchor.
    DnsDriver(asio::io_context& loop, DnsDriverConfig config, RandomUpTo random);
    /// What is under way is never answered.
    ~DnsDriver() override;
    DnsDriver(const DnsDriver&) = delete;  // questions point back here
    DnsDriver& operator=(const DnsDriver&) = delete;

    // All call `done` exactly once, from the loop, never before they return; not after this is gone.
    /// One question. `name`: without trailing dot, one that may be asked for.
    void ask(const std::string& name, DnsType type, std::function<void(const DnsReply&)> done);
    /// Where a SIP host is. Not answered after cancel().
    QuestionId locate(const DnsQuestion& question, std::function<void(DnsAnswer)> done);
    void cancel(QuestionId lookup);
    /// Which key a domain names for itself.
    void lookup(const std::string& domain, std::function<void(KeyBinding)> done) override;

    [[nodiscard]] DnssecState state() const noexcept { return resolver_.state(); }
    [[nodiscard]] const std::string& trouble() const noexcept { return resolver_.trouble(); }

private:
    using Time = std::chrono::steady_clock::time_point;
    using Wanted = std::function<void(const DnsReply&, Time now)>;
    struct Located;
    struct Binding;
    struct Put;

    [[nodiscard]] QuestionId put(const std::string& name, DnsType type, Wanted wanted, Time now);
    void pump_later();
    void pump();
    void on_time();
    void advance(QuestionId lookup, Time now);
    void finish_binding(QuestionId id, const DnsReply& reply, Time now);

    void notice_change(Time now);
    [[nodiscard]] std::vector<sip::Endpoint> servers() const;
    [[nodiscard]] std::shared_ptr<DnsClient> client(DnssecResolver::Client which);
    void obey(const DnssecResolver::Put& command);
    void obey(const DnssecResolver::Drop& command);
    void obey(const DnssecResolver::ForgetClients& command);
    void obey(const DnssecResolver::StartCheck& command);
    void obey(const DnssecResolver::EndCheck& command);
    void obey(const DnssecResolver::AskWhy& command);
    void obey(const DnssecResolver::LookForServers& command);

    struct Clients {
        std::shared_ptr<DnsClient> plain, validating, checking;
    };

    asio::io_context& loop_;
    const DnsDriverConfig config_;
    const RandomUpTo random_;
    DnssecResolver resolver_;
    Clients clients_;
    std::optional<std::filesystem::file_time_type> resolv_conf_time_;
    std::unique_ptr<ServerPing> ping_;     // are the servers there at all?
    std::map<QuestionId, Put> put_;        // of the resolver's, with a client
    std::map<QuestionId, Wanted> wanted_;  // of the resolver's: who waits
    sip::TimerQueue<QuestionId> wakes_;    // of the two below
    std::map<QuestionId, std::unique_ptr<Located>> located_;
    std::map<QuestionId, std::unique_ptr<Binding>> bindings_;
    QuestionId last_id_ = 0;  // of those two
    WakeTimer timer_;
    bool pump_posted_ = false;
    sip::Alive alive_;
};

}  // namespace node
