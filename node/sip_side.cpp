// node/sip_side.cpp - wires sockets, edge and chain together on the SIP loop.
#include "node/sip_side.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/addresses.hpp"
#include "node/clock.hpp"
#include "node/delivery.hpp"
#include "node/edge_proof.hpp"
#include "node/identity_file.hpp"
#include "node/version.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

// Clocks are set; nobody waits for this.
constexpr auto watch_pause = std::chrono::seconds(30);

std::vector<sip::Listen> listens_of(const Config& config) {
    std::vector<sip::Listen> listens;
    for (const auto& address : config.sip_listen) {
        listens.push_back({to_sip(address.transport), {address.address, address.port}});
    }
    return listens;
}

template <std::size_t N>
std::array<std::uint8_t, N> dice() {
    std::array<std::uint8_t, N> bytes{};
    crypto::random_bytes(bytes);
    return bytes;
}

std::optional<std::chrono::sys_seconds> persisted_time(FactTable& facts) {
    const auto seconds = facts.get(clock_fact);
    if (!seconds) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(*seconds));
}

/// How many names are bound, and those whose key waits for the person.
Json trust_json(const std::vector<TrustEntry>& entries) {
    Json json{{"names", entries.size()}, {"changed", Json::array()}};
    for (const auto& entry : entries) {
        if (entry.new_key) json["changed"].push_back(entry.name);
    }
    return json;
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
      trust_database_(paths.database, Durability::power_loss),
      users_(database_, config.sip_realm),
      bindings_(database_),
      trust_(trust_database_, config.pins, wall_now(), config.file),
      contacts_(database_),
      invites_(database_),
      delegations_(database_),
      certificates_(database_),
      tombstones_(database_),
      facts_(trust_database_),
      clock_(build_time(), persisted_time(facts_), now()),
      cap_(dice<16>(), [this](const asio::ip::address& address) { return is_ours(address); }),
      edge_timer_(loop),
      watch_timer_(loop) {
    // `init` and `restore` say so too, unless they died in between: the mark is of the key before.
    tombstones_.identity_is(identity_.public_key(), wall_now());
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
    reach_ = std::make_unique<ReachSide>(loop, config_,
                                         ReachSide::World{[this] { take_addresses(); },
                                                          [this] {
                                                              if (world_.network_changed)
                                                                  world_.network_changed();
                                                          }});
    build_chain();
    build_edge();
    reach_->set_listening(bound(), world_.dht_ports);
    take_addresses();
    look_at_clock();
}

SipSide::~SipSide() {
    persist_time(clock_.at_stop(now()));
}

void SipSide::build_chain() {
    const AddressJudge judge = [this](const overlay::TransportAddress& address) { return why_not(address); };
    local_ = std::make_unique<LocalResolver>(
        users_, [this](const std::string& user) { return edge_->bindings(user, now()); });
    if (config_.dns_enabled) {
        // DNS may name private addresses, as it may for any phone; only a call back to ourselves would loop.
        dns_ = make_dns_resolver(loop_, config_, [this](const overlay::TransportAddress& address) {
            const bool own =
                overlay::judge_contact(address, {}, own_addresses_) == overlay::ContactVerdict::own_address;
            return own ? std::string("this node itself") : std::string();
        });
    }
    if (world_.ask_dht) dht_ = std::make_unique<DhtResolver>(world_.ask_dht, judge);

    ChainRules rules;
    rules.on_dns_failure = config_.dns_on_failure;
    rules.zones = config_.zones;
    rules.own_key = identity_.public_key();
    ChainSteps steps{*local_, trust_, contacts_};
    steps.dns = dns_.get();
    steps.bindings = dns_.get();
    steps.dht = dht_.get();
    steps.is_own_host = [this](const auto& host, auto port, const auto& flow) {
        return edge_->is_own_host(host, port, flow);
    };
    steps.is_user = [this](const std::string& label) { return users_.find(label) != nullptr; };
    steps.owner_of = [this](const std::string& label) { return owner_of(label); };
    steps.wall = wall_now;
    steps.clock_fault = [this] { return clock_judgement_.says; };
    steps.why_too_often = [this](const auto& address, const auto& name) {
        return why_too_often(address, name);
    };
    chain_ = std::make_unique<Chain>(loop_, std::move(rules), std::move(steps));
}

void SipSide::build_edge() {
    sip::EdgeConfig edge;
    edge.realm = config_.sip_realm;
    edge.domains = config_.sip_domains;
    edge.domains.push_back(own_host(identity_));
    for (const auto& [domain, key] : config_.pins) {
        if (key == identity_.public_key()) edge.domains.push_back(domain);
    }
    for (const auto& listen : transports_->bound())
        edge.listening.push_back(listen.endpoint);
    edge.also_own = [this](const auto& address, auto port) { return leads_here(address, port); };
    edge.server_header = std::string("Hedgewitch/") + version;
    edge.prove = [this](std::string_view host, std::string_view challenge) { return prove(host, challenge); };
    edge_ = std::make_unique<sip::Edge>(std::move(edge), dice<32>(), users_, bindings_, *chain_, *sockets_,
                                        now());
    edge_->on_bindings_changed = [this](const std::string&) { publish(); };
    edge_->on_wake_changed = [this] { arm_edge_timer(); };
}

std::vector<std::pair<std::string, std::string>> SipSide::prove(std::string_view host,
                                                                std::string_view challenge) const {
    const auto proof = make_proof(identity_, host, challenge, [this](const sip::Endpoint& at) {
        return std::any_of(own_addresses_.begin(), own_addresses_.end(),
                           [&](const overlay::TransportAddress& own) {
                               return own.address == at.address && own.port == at.port;
                           });
    });
    if (!proof) return {};
    return {{std::string(key_header), *proof}};
}

void SipSide::start() {
    hand_over_writings();
    publish();
    for (const auto& user : users_.of_other_realms()) {
        spdlog::warn(
            "{}: cannot log in: the password was set for another realm than \"{}\"; use `hedgewitch user "
            "passwd {}`",
            user, config_.sip_realm, user);
    }
    arm_edge_timer();
    watch();
    reach_->start();
}

std::size_t SipSide::reload() {
    users_.reload();
    trust_.reload();
    contacts_.reload();
    invites_.reload();
    delegations_.reload();
    tombstones_.reload();
    clock_.reload(persisted_time(facts_), now());
    look_at_clock();
    edge_->users_changed(now());
    arm_edge_timer();
    hand_over_writings();
    publish();
    return users_.size();
}

void SipSide::lookup(const std::string& uri, const std::string& user, std::function<void(Trace)> done) {
    sip::Flow flow;
    const auto phones = user.empty() ? std::vector<sip::Binding>{} : edge_->bindings(user, now());
    if (!phones.empty()) flow = phones.front().flow;
    chain_->lookup(uri, flow, std::move(done));
}

Json SipSide::deliveries(const std::string& user, const Trace& trace) const {
    Json all = Json::array();
    if (trace.answer.status != 302 || trace.answer.contacts.empty()) return all;
    const auto& contact = trace.answer.contacts.front().uri;
    for (const auto& binding : edge_->bindings(user, now())) {
        const std::string agent = binding.user_agent.empty() ? "an unnamed phone" : binding.user_agent;
        all.push_back({{"phone", user + "'s " + agent},
                       {"says", delivery_sentence(following(binding.user_agent), contact)}});
    }
    return all;
}

/// What this node signs for others, and what others have signed for this node to keep up.
void SipSide::hand_over_writings() {
    if (!dht_) return;
    certified_ = certificates_.all();
    world_.set_certificates(certified_);
    world_.publish_tombstones(tombstones_.blocks());
}

crypto::PublicKey SipSide::owner_of(const std::string& label) const {
    for (const auto& certified : certified_) {
        if (certified.name.label == label) return certified.name.owner;
    }
    return identity_.public_key();
}

std::vector<PublishedUser> SipSide::published_users() const {
    std::vector<PublishedUser> users;
    for (const auto& row : users_.all()) {
        users.push_back({row.label, row.listed, invites_.secrets_of(row.label),
                         own_record(edge_->bindings(row.label, now()), advertised_, identity_,
                                    {config_.record_contacts, [this](const asio::ip::address& host) {
                                         return reach_->reach().reached_beside_us(host);
                                     }})});
    }
    return users;
}

Ownership SipSide::ownership() const {
    Ownership ownership;
    ownership.own_key = identity_.public_key();
    for (const auto& certified : certified_)
        ownership.certified.push_back(certified.name);
    ownership.delegations = delegations_.targets();
    ownership.revoked = tombstones_.own_revoked();
    ownership.moved_to = tombstones_.moved_to();
    return ownership;
}

void SipSide::publish() {
    if (!dht_) return;
    auto wanted = publications(published_users(), ownership());
    for (const auto& [name, record] : published_) {
        if (!wanted.contains(name)) world_.publish(name, std::nullopt);
    }
    for (const auto& [name, record] : wanted) {
        const auto known = published_.find(name);
        if (known == published_.end() || known->second != record) world_.publish(name, record);
    }
    published_ = std::move(wanted);
}

std::string SipSide::why_not(const overlay::TransportAddress& address) const {
    return std::string(
        overlay::reason(overlay::judge_contact(address, config_.mesh_prefixes, own_addresses_)));
}

bool SipSide::is_ours(const asio::ip::address& address) const {
    const auto plain = overlay::unwrapped(address);
    return std::any_of(config_.mesh_prefixes.begin(), config_.mesh_prefixes.end(),
                       [&](const overlay::Prefix& prefix) { return prefix.contains(plain); }) ||
           std::any_of(own_addresses_.begin(), own_addresses_.end(),
                       [&](const overlay::TransportAddress& own) { return own.address == plain; });
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

/// Of the router's addresses, which send on to us.
bool SipSide::leads_here(const asio::ip::address& address, std::optional<std::uint16_t> port) const {
    return std::any_of(own_addresses_.begin(), own_addresses_.end(), [&](const auto& own) {
        return own.address == address && (!port || own.port == *port);
    });
}

void SipSide::take_addresses() {
    own_addresses_ = reach_->reach().ours();
    auto advertised = reach_->reach().published();
    if (advertised == advertised_) return;
    advertised_ = std::move(advertised);
    publish();
}

void SipSide::watch() {
    watch_timer_.expires_after(watch_pause);
    watch_timer_.async_wait([this](asio::error_code cancelled) {
        if (cancelled) return;
        look_at_clock();
        watch();
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
    if (dns_) json["dns"] = dns_->status();
    json["clock"] = {{"verdict", name(clock_judgement_.verdict)}, {"says", clock_judgement_.says}};
    json["reach"] = reach_->status();
    json["trust"] = trust_json(trust_.all());
    json["contacts"] = contacts_.all().size();
    json["revoked"] = tombstones_.own_revoked();
    const TargetCapCounters& caps = cap_.counters();
    json["caps"] = {
        {"admitted", caps.admitted}, {"too_often", caps.too_often}, {"too_many_names", caps.too_many_names}};
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
