// node/daemon/edge_loop.hpp - the edge on its loop: what it is told and asked, when it wakes, and how it
// hears the answers of the routing chain. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "node/daemon/call_routes.hpp"
#include "node/daemon/ping_loop.hpp"
#include "node/daemon/ping_report.hpp"
#include "node/inbound/inbound.hpp"
#include "node/media/media_loop.hpp"
#include "node/reach/own_addresses.hpp"
#include "node/routing/trace_report.hpp"
#include "node/status/login_faults.hpp"
#include "node/wake_timer.hpp"
#include "sip/alive.hpp"
#include "sip/edge/edge.hpp"
#include "sip/recent_map.hpp"

namespace node {

class EdgeLoop final : private sip::EdgeHost {
public:
    static constexpr std::size_t max_led_nowhere = 256;  // of 512 bytes at most

    class Host {
    public:
        virtual ~Host() = default;
        virtual void phones_changed(const std::string& user) = 0;
        /// As sip::Transports::token().
        [[nodiscard]] virtual std::string relay_token(const sip::Flow& /*flow*/) const { return {}; }
    };
    /// All borrowed.
    struct Parts {
        const Config& config;
        const crypto::Identity& identity;
        StateTables& tables;
        const OwnAddresses& own;
        Inbound& inbound;
        CallRoutes& routes;
        Host& host;
        MediaLoop* media = nullptr;  // none: sound is the phones' own business
    };
    /// `listening`: where the output's sockets are bound.
    EdgeLoop(asio::io_context& loop, Parts parts, sip::Output& output, std::vector<sip::Endpoint> listening);
    ~EdgeLoop();
    EdgeLoop(const EdgeLoop&) = delete;  // the edge and the timer point back here
    EdgeLoop& operator=(const EdgeLoop&) = delete;

    // As in sip::Edge.
    void receive(const sip::Flow& flow, std::string_view message);
    void broken_stream(const sip::Flow& flow, std::string_view header, std::error_code why);
    void flow_failed(const sip::Flow& flow);
    [[nodiscard]] bool admits(const sip::Flow& flow);
    // The same for a password of the page.
    [[nodiscard]] bool may_look_at_page_password(const asio::ip::address& peer);
    void page_password_was_wrong(const asio::ip::address& peer);
    /// Users were added or removed; also sets the timer for the first time.
    void users_changed();

    /// What was to be said of calls when the last run ended, and was not.
    void say_last_words_of_before();
    /// The calls whose sound goes through us are ended at both phones; `done` once all have heard it, at once
    /// or within `farewell`.
    void leave(std::function<void()> done);
    static constexpr std::chrono::milliseconds farewell{700};  // a BYE and its repetition, RFC 3261 T1

    /// Asks each of these ways whether somebody answers; see PingLoop.
    void ping(std::vector<PingWay> ways, PingLoop::Done done) {
        pings_.ping(std::move(ways), std::move(done));
    }

    /// The ways that a call takes, best first (ways_of()).
    [[nodiscard]] std::vector<PingWay> ways(const Trace& trace) const;
    /// The first of them that can be taken from here, in a sentence (way_sentence()).
    [[nodiscard]] std::string goes(const Trace& trace) const;
    /// What each phone of `user` makes of an answer with that first contact.
    [[nodiscard]] std::vector<DeliveryReport> deliveries(const std::string& user, const Trace& trace) const;
    /// How many Request-URIs the next call asks anew for.
    [[nodiscard]] std::size_t led_nowhere() const noexcept { return led_nowhere_.size(); }
    /// Phones that could not log in within the hour, and have not since.
    [[nodiscard]] std::vector<LoginFailure> login_failures() const;
    [[nodiscard]] const sip::Edge& edge() const noexcept { return edge_; }

private:
    void ask(const sip::RouteId& id, const sip::RouteQuestion& question) override;
    [[nodiscard]] sip::Endpoint own_address(const sip::Flow& flow) const override;
    [[nodiscard]] bool leads_here(const asio::ip::address& address,
                                  std::optional<std::uint16_t> port) const override;
    [[nodiscard]] bool may_call(const sip::NextHop& hop) const override;
    void ask_anew(std::string_view request_uri) override;
    [[nodiscard]] sip::MediaPath* media() override;
    [[nodiscard]] Fields prove(std::string_view host, std::string_view challenge) const override;
    [[nodiscard]] sip::InboundVerdict judge(const sip::InboundCall& call, sip::Now now) override;
    void login_failed(std::string_view user, const sip::Flow& flow, sip::LoginFault fault,
                      sip::Now now) override;
    void home_seen(const sip::Home& home) override;
    [[nodiscard]] std::string full_name(std::string_view label) const override;
    void bindings_changed(const std::string& user) override;

    [[nodiscard]] Speaks speaks() const;
    /// The user of ours whose phone this is; else empty.
    [[nodiscard]] std::string user_at(const std::string& contact) const;
    /// After each event: hands in the answers that came meanwhile, and sets the timer.
    void settle();
    void keep_last_words();
    /// Phones whose place could not be written are tried again each second.
    void keep_waiting_bindings();

    const Parts parts_;
    LoginFaults login_faults_;
    sip::Edge edge_;
    PingLoop pings_;
    std::vector<std::pair<sip::RouteId, sip::RouteAnswer>> answers_;            // of the chain, for the edge
    sip::RecentMap<std::string, std::monostate> led_nowhere_{max_led_nowhere};  // Request-URIs, of late
    bool asking_ = false;                                                       // ask() is on the stack
    WakeTimer timer_;
    asio::steady_timer write_timer_;
    bool writes_again_ = false;  // it is set
    asio::steady_timer farewell_timer_;
    std::function<void()> left_;  // leave()'s
    sip::Alive alive_;
};

}  // namespace node
