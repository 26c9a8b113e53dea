// node/daemon/daemon.cpp - starts and stops the two loops, and answers signals and the control socket.
#include "node/daemon/daemon.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <csignal>
#include <thread>

#include "crypto/name.hpp"
#include "node/addresses.hpp"
#include "node/clock.hpp"
#include "node/daemon/control_server.hpp"
#include "node/daemon/overlay_loop.hpp"
#include "node/daemon/sip_side.hpp"
#include "node/state/lock_file.hpp"
#include "node/version.hpp"

namespace node {
namespace {

constexpr auto withdraw_patience =
    std::chrono::milliseconds(1200);                             // records are withdrawn as far as this goes
constexpr auto stop_deadline = std::chrono::milliseconds(1800);  // then the loops are stopped as they are

/// An asio loop with its thread. Nothing may be thrown on a loop; if something is, that handler ends, and it
/// is told.
class LoopThread {
public:
    explicit LoopThread(const char* name) : name_(name), work_(asio::make_work_guard(loop)) {}
    ~LoopThread() {
        loop.stop();
        if (thread_.joinable()) thread_.join();
    }
    LoopThread(const LoopThread&) = delete;  // the thread runs on `loop`
    LoopThread& operator=(const LoopThread&) = delete;

    void start(std::function<void()> ended) {
        thread_ = std::thread([this, ended = std::move(ended)] {
            pthread_setname_np(pthread_self(), name_);
            for (;;) {
                try {
                    loop.run();
                    break;
                } catch (const std::exception& e) {
                    spdlog::error("{} loop: a handler failed, please report this: {}", name_, e.what());
                }
            }
            ended();
        });
    }
    void finish() { work_.reset(); }

    asio::io_context loop{1};

private:
    const char* name_;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

class Daemon {
public:
    Daemon(const Config& config, const StatePaths& paths, const PassphraseSource& passphrase)
        : config_(config),
          paths_(paths),
          identity_(read_identity(paths, passphrase)),
          signals_(main_),
          stop_timer_(main_) {
        if (config_.dht.enabled)
            overlay_ = std::make_shared<OverlaySide>(overlay_thread_.loop, config_, paths, identity_);
        overlay_at_start_ = overlay_;
        sip_ = std::make_shared<SipSide>(sip_thread_.loop, config_, paths, identity_, world());
        if (overlay_) {
            overlay_->overlay().on_seen_changed = [this](std::vector<overlay::SeenAddress> seen) {
                with_sip([seen = std::move(seen)](SipSide& side) { side.seen(seen); });
            };
        }
        control_ = std::make_unique<ControlServer>(
            main_, paths.control_socket,
            [this](const Json& request, auto reply, auto fail) { answer(request, std::move(reply), fail); });
    }

    void run() {
        signals_.add(SIGTERM);
        signals_.add(SIGINT);
        signals_.add(SIGHUP);
        wait_for_signal();
        print_welcome();
        const auto ended = [this] { asio::post(main_, [this] { one_loop_ended(); }); };
        loops_running_ = 2;
        if (overlay_) asio::post(overlay_thread_.loop, [side = overlay_] { side->overlay().start(); });
        asio::post(sip_thread_.loop, [side = sip_] { side->start(); });
        sip_thread_.start(ended);
        overlay_thread_.start(ended);
        main_work_.emplace(asio::make_work_guard(main_));
        main_.run();
    }

private:
    SipSide::World world() {
        SipSide::World world;
        if (!overlay_) return world;
        world.ask_dht = [this, weak = std::weak_ptr(overlay_)](overlay::ResolveRequest request,
                                                               overlay::ResolveDone done) {
            asio::post(overlay_thread_.loop, [this, weak, request = std::move(request),
                                              done = std::move(done)]() mutable {
                const auto side = weak.lock();
                if (!side) return;  // stopping: nobody waits for the answer
                side->overlay().resolve(
                    std::move(request), [this, done = std::move(done)](overlay::ResolveAnswer answer) {
                        asio::post(sip_thread_.loop,
                                   [done, answer = std::move(answer)]() mutable { done(std::move(answer)); });
                    });
            });
        };
        world.publish = [this](const overlay::RecordName& name, std::optional<overlay::InnerRecord> record) {
            with_overlay([name, record = std::move(record)](overlay::Overlay& overlay) {
                if (record) {
                    overlay.publish(name, *record);
                } else {
                    overlay.withdraw(name);
                }
            });
        };
        world.set_certificates = [this](std::vector<overlay::CertifiedName> names) {
            with_overlay(
                [names = std::move(names)](overlay::Overlay& overlay) { overlay.set_certificates(names); });
        };
        world.publish_tombstones = [this](std::vector<std::vector<std::uint8_t>> blocks) {
            with_overlay([blocks = std::move(blocks)](overlay::Overlay& overlay) {
                overlay.publish_tombstones(blocks);
            });
        };
        world.network_changed = [this] {
            with_overlay([](overlay::Overlay& overlay) { overlay.network_changed(); });
        };
        for (const auto& endpoint : overlay_->overlay().status().listening) {
            if (endpoint.address().is_v4()) world.dht_ports.insert(endpoint.port());
        }
        world.trust_clock = [this](bool plausible) {
            with_overlay([plausible](overlay::Overlay& overlay) { overlay.trust_clock(plausible); });
        };
        return world;
    }

    void print_welcome() const {
        const auto bound = sip_->bound();
        const std::string host = own_host(identity_);
        fmt::print("Hedgewitch {}\n", version);
        fmt::print("  address   sip:<user>@{}\n", host);
        std::string listens;
        for (const auto& address : bound)
            listens += " " + to_text(address);
        fmt::print("  SIP      {}\n", listens);
        if (!config_.dht.enabled) {
            fmt::print("  DHT       off (dht.enabled = false): only DNS finds others\n");
        } else {
            fmt::print("  DHT       network {}{}\n", config_.dht.network,
                       config_.dht.network == 0 ? ", the public one" : "");
        }
        fmt::print("  state     {}\n", paths_.dir.string());
        fmt::print(
            "Set up a phone: server {}, and a user and password of `hedgewitch user add NAME`; no outbound "
            "proxy.\n",
            phone_server(bound));
        fmt::print(
            "Call others at sip:bob@<56 characters>.hedge.alt. A phone that cannot hand that to this node "
            "dials\n");
        fmt::print("  sip:bob%40<56 characters>.hedge.alt@{}\n", phone_server(bound));
        fmt::print("Is all well? `hedgewitch status`\n");
        (void)std::fflush(stdout);
    }

    /// What a phone in the same house types as its server.
    static std::string phone_server(const std::vector<overlay::TransportAddress>& bound) {
        const auto all = listening_addresses(bound, interface_addresses());
        const overlay::TransportAddress* best = nullptr;
        for (const auto& address : all) {
            const bool better =
                best == nullptr || (best->address.is_loopback() && !address.address.is_loopback());
            if (better && (address.address.is_v4() || best == nullptr)) best = &address;
        }
        if (best == nullptr) return "(no address)";
        return best->port == 5060 ? sip::host_text(best->address)
                                  : sip::to_string({best->address, best->port});
    }

    void wait_for_signal() {
        signals_.async_wait([this](asio::error_code error, int signal) {
            if (error) return;
            if (signal == SIGHUP) {
                reload();
            } else {
                stop();
            }
            wait_for_signal();
        });
    }

    void reload() {
        with_sip([](SipSide& side) { spdlog::info("users: read again, {} of them", side.reload()); });
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

    /// Does `what` on the overlay's loop, unless the node stops.
    void with_overlay(std::function<void(overlay::Overlay&)> what) {
        asio::post(overlay_thread_.loop, [weak = overlay_at_start_, what = std::move(what)] {
            const auto side = weak.lock();
            if (side) what(side->overlay());
        });
    }

    /// Does `what` on the SIP loop; errors of the database are logged.
    void with_sip(std::function<void(SipSide&)> what) {
        asio::post(sip_thread_.loop, [weak = std::weak_ptr(sip_), what = std::move(what)] {
            const auto side = weak.lock();
            if (side) what(*side);
        });
    }

    void answer(const Json& request, ControlServer::Reply reply, const ControlServer::Fail& fail) {
        const std::string command = request["command"];
        if (command == "status") return status(std::move(reply));
        if (command == "lookup" || command == "explain") return lookup(request, std::move(reply), fail);
        if (command == "reload") {
            return with_sip([this, reply, fail](SipSide& side) {
                try {
                    const std::size_t users = side.reload();
                    asio::post(main_, [reply, users] { reply({{"users", users}}); });
                } catch (const DatabaseError& e) {
                    asio::post(main_, [fail, what = std::string(e.what())] { fail(what); });
                }
            });
        }
        if (command == "stop") {
            reply({{"stopping", true}});
            return asio::post(main_, [this] { stop(); });
        }
        fail("unknown command \"" + command + "\"; there are status, lookup, explain, reload and stop");
    }

    void status(ControlServer::Reply reply) {
        with_sip([this, reply = std::move(reply)](SipSide& side) {
            Json json{{"version", version}, {"address", own_host(identity_)}, {"state", paths_.dir.string()}};
            json["running_for_s"] =
                std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began_)
                    .count();
            json.update(side.status());
            json["dht_network"] = config_.dht.network;
            json["overlay"] = {{"enabled", false}};
            if (!config_.dht.enabled)
                return asio::post(main_, [reply, json = std::move(json)] { reply(json); });
            asio::post(overlay_thread_.loop,
                       [this, weak = std::weak_ptr(overlay_), reply, json = std::move(json)]() mutable {
                           if (const auto overlay = weak.lock())
                               json["overlay"] = to_json(overlay->overlay().status(), wall_now());
                           asio::post(main_, [reply, json = std::move(json)] { reply(json); });
                       });
        });
    }

    void lookup(const Json& request, ControlServer::Reply reply, const ControlServer::Fail& fail) {
        if (!request.contains("uri") || !request["uri"].is_string()) return fail("lookup needs a \"uri\"");
        const bool wants_delivery = request["command"] == "explain";
        std::string user;
        if (request.contains("from") && request["from"].is_string()) user = request["from"];
        with_sip([this, uri = request["uri"].get<std::string>(), user, wants_delivery,
                  reply = std::move(reply)](SipSide& side) {
            side.lookup(uri, user, [this, user, wants_delivery, &side, reply](const Trace& trace) {
                TraceReport report = report_of(trace, wall_now());
                if (wants_delivery) report.delivery = side.deliveries(user, trace);
                asio::post(main_, [reply, json = Json(report)] { reply(json); });
            });
        });
    }

    /// Sockets close, records are withdrawn as far as the patience goes, and both loops run dry.
    void stop() {
        if (stopping_) return;
        stopping_ = true;
        spdlog::info("stopping");
        control_.reset();
        stop_timer_.expires_after(stop_deadline);
        stop_timer_.async_wait([this](asio::error_code cancelled) {
            if (cancelled) return;
            spdlog::warn("stopping took too long; what was left is dropped");
            sip_thread_.loop.stop();
            overlay_thread_.loop.stop();
        });
        asio::post(sip_thread_.loop, [this] {
            sip_.reset();
            sip_thread_.finish();
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
        stop_timer_.cancel();
        signals_.cancel();
        main_work_.reset();
        main_.stop();
    }

    const Config config_;
    const StatePaths paths_;
    const crypto::Identity identity_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    asio::io_context main_{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> main_work_;
    // What lives on a loop is declared after it, and so goes before it.
    LoopThread overlay_thread_{"overlay"};
    LoopThread sip_thread_{"sip"};
    std::shared_ptr<OverlaySide> overlay_;
    std::weak_ptr<OverlaySide> overlay_at_start_;  // never written again: any thread may copy it
    std::shared_ptr<SipSide> sip_;
    asio::signal_set signals_;
    asio::steady_timer stop_timer_;
    std::unique_ptr<ControlServer> control_;
    int loops_running_ = 0;
    bool stopping_ = false;
};

void set_up_log(const Config& config) {
    auto log =
        std::make_shared<spdlog::logger>("hedgewitch", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    log->set_level(spdlog::level::from_str(config.log_level));
    log->set_pattern("%Y-%m-%d %H:%M:%S %l %v");
    log->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(log));
}

}  // namespace

void run_daemon(const Config& config, const StatePaths& paths, const PassphraseSource& passphrase) {
    (void)std::signal(SIGPIPE, SIG_IGN);  // a peer that hangs up is an error code, not the end
    if (!identity_exists(paths)) {
        throw IdentityError("there is no identity in " + paths.dir.string() +
                            " yet: run `hedgewitch init` first");
    }
    const auto lock = LockFile::take(paths.lock);
    if (!lock)
        throw std::runtime_error("already running on " + paths.dir.string() + " (`hedgewitch status`)");
    set_up_log(config);
    Daemon(config, paths, passphrase).run();
}

}  // namespace node
