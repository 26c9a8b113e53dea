// node/daemon/sip_side.cpp - wires sockets, edge and chain together on the SIP loop: start, stop, what
// happens between. sip_side_build.cpp: of what edge and chain are made. sip_side_publish.cpp: what the world
// is told. sip_side_status.cpp: what the person is told.
#include "node/daemon/sip_side.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/addresses.hpp"
#include "node/identity/tls_identity.hpp"
#include "node/routing/delivery_sentence.hpp"
#include "sip/edge/redirect_or_proxy.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

// Clocks are set; nobody waits for this.
constexpr auto watch_pause = std::chrono::seconds(30);

std::vector<sip::Listen> listens_of(const Config& config) {
    std::vector<sip::Listen> listens;
    for (const auto& address : config.sip.listen) {
        listens.push_back({to_sip(address.transport), {address.address, address.port}});
    }
    return listens;
}

/// A page can do nothing here that a stranger without a browser could not: there are no cookies, and each
/// phone logs in. So all may connect, unless the person wants fewer.
sip::OriginPolicy web_origins(const Config& config) {
    if (config.sip.web_origins.empty()) return {};
    return [allowed = config.sip.web_origins](std::string_view origin) {
        return std::find(allowed.begin(), allowed.end(), sip::lowercase(origin)) != allowed.end();
    };
}

std::optional<std::chrono::sys_seconds> persisted_time(Facts& facts) {
    const auto seconds = facts.get(clock_fact);
    if (!seconds) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(*seconds));
}

}  // namespace

SipSide::SipSide(asio::io_context& loop, const Config& config, const StatePaths& paths,
                 const crypto::Identity& identity, World world)
    : loop_(loop),
      config_(config),
      paths_(paths),
      identity_(identity.clone()),
      world_(std::move(world)),
      // A binding lost with the power comes back with the phone's next refresh; an fsync for each REGISTER
      // would not.
      database_(paths.database, Durability::process_crash),
      trust_database_(paths.database, Durability::power_loss),
      users_(database_, config.sip.realm),
      bindings_(database_),
      trust_(trust_database_, config.pins, wall_now(), config.file),
      contacts_(database_),
      invites_(database_),
      delegations_(database_),
      certificates_(database_),
      tombstones_(database_),
      facts_(trust_database_),
      clock_(build_time(), persisted_time(facts_), now()),
      cap_(crypto::random_array<16>(), [this](const asio::ip::address& address) { return is_ours(address); }),
      edge_timer_(loop),
      watch_timer_(loop) {
    // `init` and `restore` say so too, unless they died in between: the mark is of the key before.
    tombstones_.identity_is(identity_.public_key(), wall_now());
    tls_ = tls_credentials(config, paths, identity_, wall_now());
    sip::Transports::Listener& listener = *this;
    transports_ =
        std::make_unique<sip::Transports>(loop, listens_of(config), listener, sip::TransportLimits{},
                                          sip::Transports::Security{tls_, web_origins(config)});
    reach_ = std::make_unique<ReachSide>(loop, config_,
                                         ReachSide::World{[this] { take_addresses(); },
                                                          [this] {
                                                              if (world_.network_changed)
                                                                  world_.network_changed();
                                                          },
                                                          [this](const sip::Flow& flow, std::string bytes) {
                                                              transports_->send(flow, std::move(bytes));
                                                          }});
    build_chain();
    build_edge();
    reach_->set_listening(bound(), world_.dht_ports);
    take_addresses();
    look_at_clock();
}

void SipSide::on_message(const sip::Flow& flow, std::string_view message) {
    if (reach_->took(flow, message)) return;
    edge_->receive(flow, message, now());
    settle_edge();
}

void SipSide::on_broken_stream(const sip::Flow& flow, std::string_view header) {
    edge_->broken_stream(flow, header, now());
    settle_edge();
}

void SipSide::on_flow_failed(const sip::Flow& flow) {
    edge_->flow_failed(flow, now());
    settle_edge();
}

SipSide::~SipSide() {
    persist_time(clock_.at_stop(now()));
}

void SipSide::start() {
    hand_over_writings();
    publish();
    for (const auto& user : users_.of_other_realms()) {
        spdlog::warn(
            "{}: cannot log in: the password was set for another realm than \"{}\"; use `hedgewitch user "
            "passwd {}`",
            user, config_.sip.realm, user);
    }
    settle_edge();
    watch();
    reach_->start();
}

std::size_t SipSide::reload() {
    users_.reload();
    trust_.reload();
    contacts_.reload();
    inbound_->reload();
    invites_.reload();
    delegations_.reload();
    tombstones_.reload();
    clock_.reload(persisted_time(facts_), now());
    reload_tls();
    look_at_clock();
    edge_->users_changed(now());
    settle_edge();
    hand_over_writings();
    publish();
    return users_.size();
}

/// A certificate that was renewed in its file. A fault in it leaves the old one in use.
void SipSide::reload_tls() {
    try {
        tls_ = tls_credentials(config_, paths_, identity_, wall_now());
        transports_->use(tls_);
    } catch (const std::runtime_error& e) {
        spdlog::error("tls: the node goes on with its old certificate: {}", e.what());
    }
}

void SipSide::lookup(const std::string& uri, const std::string& user, std::function<void(Trace)> done) {
    sip::Flow flow;
    const auto phones = user.empty() ? std::vector<sip::Binding>{} : edge_->bindings(user, now());
    if (!phones.empty()) flow = phones.front().flow;
    routes_->lookup(uri, flow, std::move(done));
}

std::vector<DeliveryReport> SipSide::deliveries(const std::string& user, const Trace& trace) const {
    std::vector<DeliveryReport> all;
    if (trace.answer.status != 302 || trace.answer.contacts.empty()) return all;
    const auto& contact = trace.answer.contacts.front().uri;
    const std::string callee = user_at(contact);
    for (const auto& binding : edge_->bindings(user, now())) {
        const std::string agent = binding.user_agent.empty() ? "an unnamed phone" : binding.user_agent;
        Passage passage = Passage::proxied;
        if (edge_->would_redirect(user, binding, callee, now())) {
            const bool known = sip::follows(binding.user_agent, config_.sip.follow_redirects);
            passage = known ? Passage::followed : Passage::redirected;
        }
        all.push_back({user + "'s " + agent, delivery_sentence(passage, contact)});
    }
    return all;
}

std::string SipSide::user_at(const std::string& contact) const {
    for (const auto& row : users_.all()) {
        for (const auto& binding : edge_->bindings(row.label, now())) {
            if (binding.contact == contact) return row.label;
        }
    }
    return {};
}

std::string SipSide::why_too_often(const asio::ip::address& address, const std::string& name) {
    const auto steady = std::chrono::steady_clock::now();
    return cap_.admit(address, name, steady) ? std::string() : cap_.reason(address, steady);
}

void SipSide::look_at_clock() {
    const auto before = clock_judgement_.verdict;
    clock_judgement_ = clock_.judge(wall_now());
    if (clock_judgement_.verdict != before) {
        if (clock_judgement_.says.empty()) {
            spdlog::info("clock: plausible again");
        } else {
            spdlog::error("clock: {}", clock_judgement_.says);
        }
    }
    if (world_.trust_clock) world_.trust_clock(clock_judgement_.says.empty());
    persist_time(clock_.due(now()));
}

void SipSide::persist_time(std::optional<std::chrono::sys_seconds> time) {
    if (!time) return;
    try {
        facts_.set(clock_fact, time->time_since_epoch().count());
    } catch (const DatabaseError& e) {
        spdlog::error("clock: the time could not be kept: {}", e.what());
    }
}

void SipSide::watch() {
    watch_timer_.expires_after(watch_pause);
    watch_timer_.async_wait([this](asio::error_code cancelled) {
        if (cancelled) return;
        look_at_clock();
        look_for_witnesses();
        if (inbound_->has_new_key()) publish();  // another day
        watch();
    });
}

void SipSide::settle_edge() {
    while (!answers_.empty()) {
        for (auto& [id, answer] : std::exchange(answers_, {}))
            edge_->answered(id, std::move(answer), now());
    }
    arm_edge_timer();
}

void SipSide::arm_edge_timer() {
    const auto wake = edge_->next_wake();
    // One that goes off too early wakes an edge that has nothing to do, and is set anew then. Set at each
    // message it was a tenth of what a proxied call costs (timerfd_settime).
    if (!wake || (armed_for_ && *armed_for_ <= *wake)) return;
    armed_for_ = wake;
    edge_timer_.expires_at(*wake);
    edge_timer_.async_wait([this](asio::error_code cancelled) {
        if (cancelled) return;
        armed_for_.reset();
        edge_->on_time(now());
        settle_edge();
    });
}

}  // namespace node
