// node/sip_side.cpp - wires sockets, edge and chain together on the SIP loop.
#include "node/sip_side.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/addresses.hpp"
#include "node/clock.hpp"
#include "node/dns_resolver.hpp"
#include "node/identity_file.hpp"
#include "node/version.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto interface_check = std::chrono::seconds(30);  // laptops change networks; nobody waits for this

std::vector<sip::Listen> listens_of(const Config& config) {
    std::vector<sip::Listen> listens;
    for (const auto& address : config.sip_listen) {
        listens.push_back({to_sip(address.transport), {address.address, address.port}});
    }
    return listens;
}

std::array<std::uint8_t, 32> dice() {
    std::array<std::uint8_t, 32> bytes{};
    crypto::random_bytes(bytes);
    return bytes;
}

}  // namespace

class SipSide::Sockets : public sip::Output {
public:
    explicit Sockets(sip::Transports& transports) : transports_(transports) {}
    void send(const sip::Flow& flow, std::string bytes) override { transports_.send(flow, std::move(bytes)); }
    void close(const sip::Flow& flow) override { transports_.close(flow); }

private:
    sip::Transports& transports_;
};

SipSide::SipSide(asio::io_context& loop, const Config& config, const StatePaths& paths,
                 const crypto::Identity& identity, World world)
    : loop_(loop),
      config_(config),
      identity_(identity.clone()),
      world_(std::move(world)),
      // A binding lost with the power comes back with the phone's next refresh; an fsync for each REGISTER
      // would not.
      database_(paths.database, Durability::process_crash),
      users_(database_, config.sip_realm),
      bindings_(database_),
      edge_timer_(loop),
      interface_timer_(loop) {
    sip::Transports::Handler handler;
    handler.on_message = [this](const sip::Flow& flow, std::string_view message) {
        edge_->receive(flow, message, now());
        arm_edge_timer();
    };
    handler.on_broken_stream = [this](const sip::Flow& flow, std::string_view header) {
        edge_->broken_stream(flow, header, now());
        arm_edge_timer();
    };
    transports_ = std::make_unique<sip::Transports>(loop, listens_of(config), std::move(handler));
    sockets_ = std::make_unique<Sockets>(*transports_);

    const AddressJudge judge = [this](const overlay::TransportAddress& address) { return why_not(address); };
    local_ = std::make_unique<LocalResolver>(
        users_, [this](const std::string& user) { return edge_->bindings(user, now()); });
    if (config.dns_enabled) {
        // DNS may name private addresses, as it may for any phone; only a call back to ourselves would loop.
        dns_ = make_dns_resolver(loop, config, [this](const overlay::TransportAddress& address) {
            const bool own =
                overlay::judge_contact(address, {}, own_addresses_) == overlay::ContactVerdict::own_address;
            return own ? std::string("this node itself") : std::string();
        });
    }
    if (world_.ask_dht) dht_ = std::make_unique<DhtResolver>(world_.ask_dht, judge);

    ChainRules rules;
    rules.on_dns_failure = config.dns_on_failure;
    rules.pins = config.pins;
    rules.own_key = identity.public_key();
    chain_ = std::make_unique<Chain>(
        loop, std::move(rules),
        ChainSteps{*local_, dns_.get(), dht_.get(), [this](const auto& host, auto port, const auto& flow) {
                       return edge_->is_own_host(host, port, flow);
                   }});

    sip::EdgeConfig edge;
    edge.realm = config.sip_realm;
    edge.domains = config.sip_domains;
    edge.domains.push_back(own_host(identity));
    for (const auto& [domain, key] : config.pins) {
        if (key == identity.public_key()) edge.domains.push_back(domain);
    }
    for (const auto& listen : transports_->bound())
        edge.listening.push_back(listen.endpoint);
    edge.server_header = std::string("Hedgewitch/") + version;
    edge_ =
        std::make_unique<sip::Edge>(std::move(edge), dice(), users_, bindings_, *chain_, *sockets_, now());
    edge_->on_bindings_changed = [this](const std::string& user) { publish_user(user); };
    edge_->on_wake_changed = [this] { arm_edge_timer(); };
    look_at_interfaces();
}

SipSide::~SipSide() = default;

void SipSide::start() {
    for (const auto& user : users_.all())
        publish_user(user.label);
    for (const auto& user : users_.of_other_realms()) {
        spdlog::warn(
            "{}: cannot log in: the password was set for another realm than \"{}\"; use `hedgewitch user "
            "passwd {}`",
            user, config_.sip_realm, user);
    }
    arm_edge_timer();
    watch_interfaces();
}

std::size_t SipSide::reload_users() {
    users_.reload();
    edge_->users_changed(now());
    arm_edge_timer();
    return users_.size();
}

void SipSide::publish_user(const std::string& user) {
    if (!dht_) return;
    auto record = own_record(edge_->bindings(user, now()), advertised_, identity_);
    if (record) {
        published_.insert(user);
        world_.publish(user, std::move(record));
    } else if (published_.erase(user) != 0) {
        world_.publish(user, std::nullopt);
    }
}

std::string SipSide::why_not(const overlay::TransportAddress& address) const {
    return std::string(
        overlay::reason(overlay::judge_contact(address, config_.mesh_prefixes, own_addresses_)));
}

void SipSide::look_at_interfaces() {
    own_addresses_ = listening_addresses(bound(), interface_addresses());
    own_addresses_.insert(own_addresses_.end(), config_.sip_advertise.begin(), config_.sip_advertise.end());
    // What we would not call ourselves, others would not call either.
    auto advertised = publishable_addresses(
        config_.sip_advertise, own_addresses_, [this](const overlay::TransportAddress& address) {
            return std::string(overlay::reason(overlay::judge_contact(address, config_.mesh_prefixes, {})));
        });
    if (advertised == advertised_) return;
    advertised_ = std::move(advertised);
    for (const auto& user : users_.all())
        publish_user(user.label);
}

void SipSide::watch_interfaces() {
    interface_timer_.expires_after(interface_check);
    interface_timer_.async_wait([this](asio::error_code cancelled) {
        if (cancelled) return;
        look_at_interfaces();
        watch_interfaces();
    });
}

void SipSide::arm_edge_timer() {
    const auto wake = edge_->next_wake();
    if (!wake) return;  // a timer that is still armed wakes an edge that then has nothing to do
    edge_timer_.expires_at(*wake);
    edge_timer_.async_wait([this](asio::error_code cancelled) {
        if (cancelled) return;
        edge_->on_time(now());
        arm_edge_timer();
    });
}

std::vector<overlay::TransportAddress> SipSide::bound() const {
    std::vector<overlay::TransportAddress> all;
    for (const auto& listen : transports_->bound()) {
        all.push_back({to_overlay(listen.transport), listen.endpoint.address, listen.endpoint.port});
    }
    return all;
}

Json SipSide::status() const {
    Json json{{"listening", Json::array()}, {"advertised", Json::array()}, {"users", Json::array()}};
    for (const auto& address : bound())
        json["listening"].push_back(to_text(address));
    for (const auto& address : advertised_)
        json["advertised"].push_back(to_text(address));
    for (const auto& user : users_.all()) {
        json["users"].push_back(
            {{"user", user.label}, {"phones", edge_->bindings(user.label, now()).size()}});
    }
    const sip::EdgeCounters& c = edge_->counters();
    json["sip"] = {{"received", c.received},
                   {"unreadable", c.unreadable},
                   {"retransmissions", c.retransmissions},
                   {"registered", c.registered},
                   {"sent_302", c.sent_302},
                   {"challenged", c.challenged},
                   {"credentials_refused", c.credentials_refused},
                   {"replays_refused", c.replays_refused},
                   {"relay_refused", c.relay_refused},
                   {"lookups_pending", chain_->pending()},
                   {"answers", Json::object()}};
    for (const auto& [status, count] : c.answers)
        json["sip"]["answers"][std::to_string(status)] = count;
    const sip::TransportCounters t = transports_->counters();
    json["transport"] = {{"datagrams_in", t.datagrams_in},
                         {"datagrams_out", t.datagrams_out},
                         {"datagrams_dropped", t.datagrams_dropped},
                         {"connections_open", t.connections_open},
                         {"connections_accepted", t.connections_accepted},
                         {"connections_refused", t.connections_refused},
                         {"connections_closed_bad", t.connections_closed_bad}};
    return json;
}

}  // namespace node
