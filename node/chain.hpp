// node/chain.hpp - the routing chain: local users, then DNS, then the DHT. It decides who is asked, in which
// order, and whose word counts. SIP loop only.
//   own host                      local users only: 302, 404, 480
//   <56 chars>.hedge.alt          the DHT, for records by that very key; never DNS
//   other names below .alt        404; never DNS (RFC 9476)
//   pinned domain                 DHT records by the pinned key. DNS is unauthenticated and cannot override
//                                 the pin: it is asked beside, for the trace and the Warning only
//   domain                        DNS. Missing there, and no key bound: 480 with a Warning; never a key that
//                                 was found in the DHT
//   IP address                    `lookup` shows it; a call is refused: the phone's redirected INVITE may
//                                 come back here, nothing tells it from the first, and no loop may start
//   bob%40<name> at an own host   the name inside: for phones that cannot send a foreign host to us
#pragma once

#include <asio/io_context.hpp>
#include <map>
#include <memory>
#include <unordered_set>

#include "node/config.hpp"
#include "node/trace.hpp"

namespace node {

struct ChainRules {
    OnDnsFailure on_dns_failure = OnDnsFailure::fall_back;
    std::map<std::string, crypto::PublicKey> pins;  // by lowercase domain
    crypto::PublicKey own_key{};
    std::chrono::milliseconds deadline{4500};  // the edge wants its answer within 5 s
    std::size_t max_pending = 1024;            // 503 beyond
};

struct ChainSteps {
    Resolver& local;
    Resolver* dns = nullptr;  // switched off
    Resolver* dht = nullptr;  // switched off
    /// Does this host mean us? As sip::Edge::is_own_host.
    std::function<bool(const std::string& host, std::optional<std::uint16_t> port, const sip::Flow& flow)>
        is_own_host;
};

class Chain : public sip::Router {
public:
    /// Borrows the steps.
    Chain(asio::io_context& loop, ChainRules rules, ChainSteps steps);
    ~Chain() override;
    Chain(const Chain&) = delete;  // pending lookups point back here
    Chain& operator=(const Chain&) = delete;

    void route(const sip::RouteQuestion& question, sip::RouteDone done) override;

    /// The same as an own user's call, but asks every step that has a say, past the caches, and keeps the
    /// account. `uri` is as dialled; "sip:" may be missing.
    void lookup(const std::string& uri, std::function<void(Trace)> done);

    [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }

private:
    struct Pending;
    void begin(const std::shared_ptr<Pending>& pending, const sip::RouteQuestion& question);
    void find_domain(const std::shared_ptr<Pending>& pending);
    void ask(const std::shared_ptr<Pending>& pending, Resolver& step,
             std::function<void(const StepAnswer&)> next);
    void judge_pinned(const std::shared_ptr<Pending>& pending);
    void judge_dns(const std::shared_ptr<Pending>& pending, const StepAnswer& dns);
    void finish_without_key(const std::shared_ptr<Pending>& pending);
    void finish_without_dht(const std::shared_ptr<Pending>& pending);
    void finish(const std::shared_ptr<Pending>& pending, sip::RouteAnswer answer);
    std::shared_ptr<Pending> make_pending(const std::string& uri, bool whole_account,
                                          std::function<void(Trace)> done);

    asio::io_context& loop_;
    ChainRules rules_;
    ChainSteps steps_;
    std::unordered_set<std::shared_ptr<Pending>> pending_;
};

}  // namespace node
