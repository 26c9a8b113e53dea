// node/daemon/daemon.cpp - starts and stops the two loops, and answers signals and the control socket.
#include "node/daemon/daemon.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <csignal>

#include "node/addresses.hpp"
#include "node/clock.hpp"
#include "node/daemon/control_server.hpp"
#include "node/daemon/descriptors.hpp"
#include "node/daemon/line_writer.hpp"
#include "node/daemon/log.hpp"
#include "node/daemon/loop_thread.hpp"
#include "node/daemon/overlay_loop.hpp"
#include "node/daemon/page_thread.hpp"
#include "node/daemon/privileges.hpp"
#include "node/daemon/provisioning_loop.hpp"
#include "node/daemon/service_manager.hpp"
#include "node/daemon/sip_loop.hpp"
#include "node/daemon/stop_deadline.hpp"
#include "node/daemon/welcome.hpp"
#include "node/identity/revocation_file.hpp"
#include "node/reach/home_network.hpp"
#include "node/reach/network_dump.hpp"
#include "node/state/lock_file.hpp"
#include "node/state/state_copy.hpp"
#include "node/version.hpp"

namespace node {
namespace {

constexpr auto withdraw_patience =
    std::chrono::milliseconds(1200);                             // records are withdrawn as far as this goes
constexpr auto stop_deadline = std::chrono::milliseconds(1600);  // then the loops are stopped as they are
constexpr auto last_deadline = std::chrono::milliseconds(1850);  // and then the process, whatever hangs

class Daemon : private PageThread::Node, private ProvisioningLoop::Host {
public:
    /// Borrows the log's writer.
    Daemon(const Config& config, const StatePaths& paths, const PassphraseSource& passphrase, LineWriter& log)
        : log_(log),
          config_(config),
          paths_(paths),
          identity_(read_identity(paths, passphrase)),
          signals_(main_),
          service_(main_),
          timers_{asio::steady_timer(main_), asio::steady_timer(main_)} {
        try {
            ensure_revocation(paths, identity_, wall_now());
        } catch (const IdentityError& e) {
            spdlog::warn("{}",
                         e.what());  // the node can do without; `backup --revocation` cannot, and says so
        }
        std::set<std::uint16_t> dht_ports;
        if (config_.dht.enabled) {
            overlay_ = std::make_shared<OverlayLoop>(overlay_thread_.loop, config_, paths, identity_);
            dht_ports = overlay_->ports();
        }
        sip_ = std::make_shared<SipLoop>(sip_thread_.loop, config_, paths, identity_,
                                         overlay_client(sip_thread_.loop), std::move(dht_ports));
        overlay_status_ = overlay_client(main_);
        if (config_.page.enabled && !page_address().empty()) {
            page_ = std::make_unique<PageThread>(config_, paths_, static_cast<PageThread::Node&>(*this));
            sip_->bring_visitors_to(page_->visitors());
        }
        asked_.provisioning = std::make_unique<ProvisioningLoop>(main_, config_, paths_, identity_,
                                                                 static_cast<ProvisioningLoop::Host&>(*this));
        asked_.control = std::make_unique<ControlServer>(
            main_, paths.control_socket,
            [this](const Json& request, auto reply, auto fail) { answer(request, std::move(reply), fail); });
    }

    void run() {
        signals_.add(SIGTERM);
        signals_.add(SIGINT);
        signals_.add(SIGHUP);
        wait_for_signal();
        drop_capabilities();
        log_.start();
        LineWriter out(STDOUT_FILENO);
        out.start();
        out.write(welcome(config_, own_host(identity_), paths_.dir.string(), sip_->bound(),
                          network_or_addresses()));
        if (page_) out.write(page_welcome(page_address(), page_->first_link(), ::isatty(STDOUT_FILENO) == 1));
        const auto ended = [this] { asio::post(main_, [this] { one_loop_ended(); }); };
        loops_running_ = 2;
        if (overlay_) asio::post(overlay_thread_.loop, [overlay = overlay_] { overlay->overlay().start(); });
        asio::post(sip_thread_.loop, [sip = sip_] { sip->start(); });
        sip_thread_.start(ended);
        overlay_thread_.start(ended);
        if (page_) page_->start();
        with_sip([this](SipLoop&) { asio::post(main_, [this] { service_.ready(); }); });  // it has started
        tell_service_manager();
        copy_state();
        main_work_.emplace(asio::make_work_guard(main_));
        main_.run();
    }

private:
    /// The overlay, for who wants answers on `answers`. Nothing when the DHT is switched off.
    std::optional<overlay::Client> overlay_client(asio::io_context& answers) {
        if (!overlay_) return std::nullopt;
        // Lives as long as what it is a part of.
        const std::shared_ptr<overlay::Overlay> overlay(overlay_, &overlay_->overlay());
        return overlay::Client(overlay_thread_.loop.get_executor(), overlay, answers.get_executor());
    }

    [[nodiscard]] std::string page_address() const { return page_url(sip_->bound(), network_or_addresses()); }

    // PageThread::Node, on its thread.
    void page_asks(Json request, Answered done) override {
        asio::post(main_, [this, request = std::move(request), done = std::move(done)] {
            answer(
                request, [done](Json result) { done(std::move(result)); },
                [done](std::string why) { done(tl::unexpected(std::move(why))); });
        });
    }
    void page_may_look(const asio::ip::address& peer, std::function<void(bool)> done) override {
        asio::post(main_, [this, peer, done = std::move(done)] {
            with_sip([peer, done](SipLoop& sip) { done(sip.may_look_at_page_password(peer)); });
        });
    }
    void page_password_was_wrong(const asio::ip::address& peer) override {
        asio::post(main_,
                   [this, peer] { with_sip([peer](SipLoop& sip) { sip.page_password_was_wrong(peer); }); });
    }

    /// Of `hedgewitch page`.
    void page_link(ControlServer::Reply reply, const ControlServer::Fail& fail) {
        const auto url = page_address();
        if (!page_) {
            return fail(
                config_.page.enabled
                    ? "there is no page, for sip.listen names no wss address: add \"wss:0.0.0.0:8443\""
                    : "the page is switched off (page.enabled = false)");
        }
        page_->make_link([this, url, reply = std::move(reply),
                          fail](tl::expected<std::string, std::string> link) {
            asio::post(main_, [url, reply, fail, link = std::move(link)] {
                if (!link) return fail(link.error());
                reply({{"link", url + *link}, {"page", url}, {"minutes", PageSessions::link_lasts.count()}});
            });
        });
    }

    /// Once a day, and what could not be copied in an hour again.
    void copy_state() {
        try {
            if (copy_is_due(paths_.database, wall_now()))
                copy_database(paths_.database, daily_copy(paths_.database));
        } catch (const DatabaseError& e) {
            spdlog::warn("the daily copy of the state cannot be made: {}", e.what());
        }
        timers_.copy.expires_after(std::chrono::hours(1));
        timers_.copy.async_wait([this](asio::error_code cancelled) {
            if (!cancelled && !stopping_) copy_state();
        });
    }

    /// Once round all loops: when one of them is stuck the manager hears no more of us, and starts us again.
    void tell_service_manager() {
        if (!service_.is_there()) return;
        with_sip([this](SipLoop& sip) {
            asio::post(overlay_thread_.loop, [this, says = sip.reach_status().says] {
                asio::post(main_, [this, says] {
                    if (stopping_) return;
                    service_.alive(says);
                    service_.next([this] { tell_service_manager(); });
                });
            });
        });
    }

    void wait_for_signal() {
        signals_.async_wait([this](asio::error_code error, int signal) {
            if (error) return;
            if (signal == SIGHUP) {
                reload(
                    [](const Json& all) {
                        spdlog::info("users: read again, {} of them", all.value("users", 0));
                    },
                    [](const std::string& why) {
                        spdlog::error("the node goes on with what it has read before: {}", why);
                    });
            } else {
                stop();
            }
            wait_for_signal();
        });
    }

    /// On SIGHUP and by command.
    void reload(ControlServer::Reply reply, const ControlServer::Fail& fail) {
        if (stopping_) return fail("the node is stopping");
        service_.reloading();
        with_sip([this, reply = std::move(reply), fail](SipLoop& sip) {
            std::function<void()> tell;
            try {
                tell = [reply, users = sip.reload()] { reply({{"users", users}}); };
            } catch (const DatabaseError& e) {
                tell = [fail, what = std::string(e.what())] { fail(what); };
            }
            asio::post(main_, [this, tell = std::move(tell)] {
                tell();
                service_.ready();
            });
        });
        if (config_.file.empty()) return;
        try {
            for (const auto& key : changed_keys(config_, Config::load(config_.file))) {
                spdlog::warn("{}: {} has changed; it takes effect when the node is restarted",
                             config_.file.string(), key);
            }
        } catch (const ConfigError& e) {
            spdlog::error("the node goes on with its old configuration: {}", e.what());
        }
    }

    /// Does `what` on the SIP loop, unless the node stops; errors of the database are logged.
    void with_sip(std::function<void(SipLoop&)> what) {
        if (stopping_) return;
        asio::post(sip_thread_.loop, [weak = std::weak_ptr(sip_), what = std::move(what)] {
            if (const auto sip = weak.lock()) what(*sip);
        });
    }

    void answer(const Json& request, ControlServer::Reply reply, const ControlServer::Fail& fail) {
        const std::string command = request["command"];
        if (command == "status") return status(std::move(reply));
        if (command == "lookup" || command == "explain") return lookup(request, std::move(reply), fail);
        if (command == "ping") return ping(request, std::move(reply), fail);
        if (command == "link") return link(request, std::move(reply), fail);
        if (command == "provision" || command == "phonebook") {
            if (stopping_) return fail("the node is stopping");
            return reply(asked_.provisioning->serve(request));
        }
        if (command == "reload") return reload(std::move(reply), fail);
        if (command == "page") return page_link(std::move(reply), fail);
        if (command == "stop") {
            reply({{"stopping", true}});
            return asio::post(main_, [this] { stop(); });
        }
        fail("unknown command \"" + command +
             "\"; there are status, lookup, explain, ping, link, page, reload and stop");
    }

    /// Each loop fills in its own part: the SIP loop, then the overlay's.
    void status(ControlServer::Reply reply) {
        NodeStatus status;
        status.about = {version, own_host(identity_), paths_.dir.string(), 0};
        status.machine.log_lines_lost = log_.dropped();
        status.dht_network = config_.dht.network;
        status.about.running_for_s =
            std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began_)
                .count();
        with_sip([this, reply = std::move(reply), status = std::move(status)](SipLoop& sip) mutable {
            sip.describe(status);
            if (!overlay_status_) return asio::post(main_, [reply, status] { reply(status); });
            overlay_status_->status([reply, status](const overlay::OverlayStatus& overlay) mutable {
                status.overlay = dht_status(overlay, wall_now());
                reply(status);
            });
        });
    }

    void lookup(const Json& request, ControlServer::Reply reply, const ControlServer::Fail& fail) {
        if (!request.contains("uri") || !request["uri"].is_string()) return fail("lookup needs a \"uri\"");
        const bool wants_delivery = request["command"] == "explain";
        std::string user;
        if (request.contains("from") && request["from"].is_string()) user = request["from"];
        with_sip([this, uri = request["uri"].get<std::string>(), user, wants_delivery,
                  reply = std::move(reply)](SipLoop& sip) {
            sip.lookup(uri, user, [this, user, wants_delivery, &sip, reply](const Trace& trace) {
                TraceReport report = report_of(trace, wall_now());
                if (wants_delivery) report.goes = sip.goes(trace);
                if (wants_delivery) report.delivery = sip.deliveries(user, trace);
                asio::post(main_, [reply, json = Json(report)] { reply(json); });
            });
        });
    }

    void ping(const Json& request, ControlServer::Reply reply, const ControlServer::Fail& fail) {
        if (!request.contains("uri") || !request["uri"].is_string()) return fail("ping needs a \"uri\"");
        std::string user;
        if (request.contains("from") && request["from"].is_string()) user = request["from"];
        with_sip(
            [this, uri = request["uri"].get<std::string>(), user, reply = std::move(reply)](SipLoop& sip) {
                sip.ping(uri, user, [this, reply](const PingReport& report) {
                    asio::post(main_, [reply, json = Json(report)] { reply(json); });
                });
            });
    }

    /// Which contacts' nodes may be written into phones as STUN servers is known on the SIP loop.
    void link(const Json& request, ControlServer::Reply reply, ControlServer::Fail fail) {
        with_sip([this, request, reply = std::move(reply), fail = std::move(fail)](SipLoop& sip) {
            NodeStatus status;
            sip.describe(status);
            const auto& servers = status.media.stun_servers;
            asio::post(main_, [this, request, reply, fail, stun = servers.empty() ? "" : servers.front()] {
                if (stopping_) return fail("the node is stopping");
                asked_.provisioning->link(request, stun, reply, fail);
            });
        });
    }

    // ProvisioningLoop::Host
    void accounts_changed() override {
        reload([](const Json&) {},
               [](const std::string& why) { spdlog::error("accounts cannot be read again: {}", why); });
    }

    /// Sockets close, records are withdrawn as far as the patience goes, and both loops run dry.
    void stop() {
        if (stopping_) return;
        stopping_ = true;
        spdlog::info("stopping");
        service_.stopping();
        service_.cancel();
        asked_.control.reset();
        asked_.provisioning.reset();
        if (page_) page_->stop();
        deadline_.set(last_deadline);
        timers_.stop.expires_after(stop_deadline);
        timers_.stop.async_wait([this](asio::error_code cancelled) {
            if (cancelled) return;
            spdlog::warn("stopping took too long; what was left is dropped");
            sip_thread_.loop.stop();
            overlay_thread_.loop.stop();
        });
        asio::post(sip_thread_.loop, [this] {
            if (!sip_) return sip_thread_.finish();
            sip_->leave([this] {
                sip_.reset();
                sip_thread_.finish();
            });
        });
        asio::post(overlay_thread_.loop, [this] {
            if (!overlay_) return overlay_thread_.finish();
            overlay_->overlay().shutdown(withdraw_patience, [this] {
                // Not from inside the overlay's own call.
                asio::post(overlay_thread_.loop, [this] {
                    overlay_.reset();
                    overlay_thread_.finish();
                });
            });
        });
    }

    void one_loop_ended() {
        if (--loops_running_ > 0) return;
        timers_.stop.cancel();
        signals_.cancel();
        timers_.copy.cancel();
        main_work_.reset();
        main_.stop();
    }

    LineWriter& log_;
    StopDeadline deadline_;  // goes last: it watches the others go
    const Config config_;
    const StatePaths paths_;
    const crypto::Identity identity_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    asio::io_context main_{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> main_work_;
    // What lives on a loop is declared after it, and so goes before it.
    LoopThread overlay_thread_{"overlay"};
    LoopThread sip_thread_{"sip"};
    std::shared_ptr<OverlayLoop> overlay_;
    std::optional<overlay::Client> overlay_status_;  // answers on main
    std::unique_ptr<PageThread> page_;  // browsers are brought to it until the SIP loop has ended
    std::shared_ptr<SipLoop> sip_;
    asio::signal_set signals_;
    ServiceManager service_;
    struct {
        asio::steady_timer stop, copy;
    } timers_;
    struct {  // by commands, and by phones
        std::unique_ptr<ProvisioningLoop> provisioning;
        std::unique_ptr<ControlServer> control;
    } asked_;
    int loops_running_ = 0;
    bool stopping_ = false;
};

void set_up_descriptors() {
    const std::size_t descriptors = raise_descriptor_limit();
    const std::size_t connections = connections_for(descriptors);
    if (connections < sip::TransportLimits{}.connections) {
        spdlog::warn(
            "the system allows {} open files: at most {} connections of phones and nodes (LimitNOFILE= in a "
            "systemd unit, `ulimit -Hn`)",
            descriptors, connections);
    }
}

}  // namespace

void run_daemon(const Config& config, const StatePaths& paths, const PassphraseSource& passphrase) {
    (void)std::signal(SIGPIPE, SIG_IGN);  // a peer that hangs up is an error code, not the end
    if (!identity_exists(paths)) {
        throw IdentityError("there is no identity in " + paths.dir.string() +
                            " yet: run `hedgewitch init` first");
    }
    Log log(config.log_level, STDERR_FILENO);
    leave_root(paths.dir);
    paths.must_be_writable();
    const auto lock = LockFile::take(paths.lock);
    if (!lock)
        throw std::runtime_error("already running on " + paths.dir.string() + " (`hedgewitch status`)");
    refuse_if_gone(paths);
    set_up_descriptors();
    Daemon(config, paths, passphrase, log.writer()).run();
}

}  // namespace node
