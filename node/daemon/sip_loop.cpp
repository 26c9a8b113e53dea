// node/daemon/sip_loop.cpp - wires the parts of the SIP loop: start, stop, what happens between.
#include "node/daemon/sip_loop.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/local/connect_pair.hpp>
#include <asio/post.hpp>

#include "node/addresses.hpp"
#include "node/clock.hpp"
#include "node/daemon/descriptors.hpp"
#include "node/daemon/host_lookup.hpp"
#include "node/daemon/mapping_memory.hpp"
#include "node/daemon/sip_sockets.hpp"
#include "node/daemon/sip_status.hpp"
#include "node/daemon/ways_in.hpp"
#include "node/reach/home_network.hpp"

namespace node {

SipLoop::SipLoop(asio::io_context& loop, const Config& config, const StatePaths& paths,
                 const crypto::Identity& identity, std::optional<overlay::Client> overlay,
                 std::set<std::uint16_t> dht_ports)
    : config_(config),
      identity_(identity.clone()),
      overlay_(std::move(overlay)),
      tables_(config, paths, identity.public_key(), wall_now()),
      clock_(tables_.facts, build_time(), now()),
      own_(config.mesh_prefixes),
      others_{
          TargetCap(crypto::random_array<16>(),
                    [this](const asio::ip::address& address) { return own_.is_ours(address); }),
          WitnessSearch({overlay_, tables_.contacts, own_, clock_, reach_, media_}, identity_.public_key())},
      tls_(config_, paths, identity_, now()),
      transports_(loop, listens_of(config), static_cast<sip::Transports::Listener&>(*this),
                  transport_limits(),
                  sip::Transports::Security{tls_.credentials(), web_origins(config), true}),
      reach_(loop, config_, static_cast<ReachabilityHost&>(*this)),
      relay_(loop, RelayLoop::Parts{config_, identity_, tables_.contacts, overlay_, transports_},
             static_cast<RelayHost&>(*this)),
      media_(loop, MediaLoop::Parts{config_, reach_, others_.search.witnesses(), own_, relay_},
             faces_for(descriptor_limit())),
      sound_({config_, own_, reach_, media_, transports_}),
      inbound_(
          std::make_unique<Inbound>(config, identity, tables_, static_cast<CallPolicyHost&>(*this), now())),
      publisher_(tables_, identity, config.record_contacts, static_cast<RecordHost&>(*this)),
      watch_timer_(loop) {
    routes_ =
        std::make_unique<CallRoutes>(loop, CallRoutes::Parts{config_, tables_, own_, *inbound_, overlay_},
                                     static_cast<CallRoutes::Host&>(*this));
    std::vector<sip::Endpoint> listening;
    for (const auto& listen : transports_.bound())
        listening.push_back(listen.endpoint);
    edge_ = std::make_unique<EdgeLoop>(loop,
                                       EdgeLoop::Parts{config_, identity_, tables_, own_, *inbound_, *routes_,
                                                       static_cast<EdgeLoop::Host&>(*this), &media_},
                                       transports_, std::move(listening));
    reach_.set_listening(bound(), std::move(dht_ports));
    look_at_clock();
    if (!overlay_) return;
    tell_ipv6();
    news_ =
        std::make_shared<OverlayNews>(OverlayNews::Parts{*overlay_, *routes_, own_, reach_, others_.search});
    overlay_->listen(news_);
}

SipLoop::~SipLoop() {
    clock_.stop(now());
}

void SipLoop::start() {
    for (const auto& address : addresses_of(transports_.passed_over()))
        spdlog::warn("sip.listen: {} is passed over: this machine has no IPv6", to_text(address));
    hand_over_writings();
    for (const auto& user : tables_.users.of_other_realms()) {
        spdlog::warn(
            "{}: cannot log in: the password was set for another realm than \"{}\"; use `hedgewitch user "
            "passwd {}`",
            user, config_.sip.realm, user);
    }
    edge_->users_changed();
    watch();
    media_.start(static_cast<StunServerLoop::Gate&>(*this));  // first: what ports it has is asked for
    edge_->say_last_words_of_before();
    reach_.start();
    tell_the_neighbours();
    relay_.set_reached(is_reached());
    begin_from_invites();
}

void SipLoop::leave(std::function<void()> done) {
    edge_->leave([this, done = std::move(done)] { asio::post(watch_timer_.get_executor(), done); });
}

std::size_t SipLoop::reload() {
    tables_.reload();
    inbound_->reload();
    publisher_.reload();
    relay_.contacts_changed();
    others_.search.look_now();
    begin_from_invites();
    clock_.reload(now());
    reload_tls();
    look_at_clock();
    edge_->users_changed();
    hand_over_writings();
    // A new contact's node may say at once where others see us: the first call needs it.
    others_.search.look_now();
    return tables_.users.size();
}

void SipLoop::reload_tls() {
    if (!tls_.renew(now())) return;
    transports_.use(tls_.credentials());
    tell_the_neighbours();
}

/// What this node signs for others, what others have signed for it to keep up, and all its records.
void SipLoop::hand_over_writings() {
    if (!overlay_) return;
    overlay_->set_certificates(publisher_.certified());
    overlay_->publish_tombstones(publisher_.tombstones());
    publish(publisher_.refresh(now()));
}

void SipLoop::publish(const RecordPublisher::Changes& changes) {
    for (const auto& [name, record] : changes) {
        if (record) {
            overlay_->publish(name, *record);
        } else {
            overlay_->withdraw(name);
        }
    }
}

void SipLoop::tell_the_neighbours() {
    if (!overlay_ || !config_.dht.lan) return;
    overlay_->set_lan(
        {lan_addresses(bound(), reach_.reach().network(), config_.mesh_prefixes), tls_.key_hash()});
}

void SipLoop::look_at_clock() {
    const bool was_plausible = clock_.plausible();
    clock_.look(now());
    if (clock_.plausible() != was_plausible) others_.search.look_soon();  // their records tell the time, too
    if (clock_.plausible() && tls_.is_stale(now())) reload_tls();
    if (overlay_) overlay_->trust_clock(clock_.plausible());
}

void SipLoop::watch() {
    std::chrono::steady_clock::duration pause = ClockWatch::look_every;
    if (overlay_)
        pause = std::clamp<decltype(pause)>(others_.search.witnesses().next_look() - now().steady,
                                            std::chrono::seconds(1), pause);
    watch_timer_.expires_after(pause);
    watch_timer_.async_wait(alive_.guard([this](asio::error_code cancelled) {
        if (cancelled) return;
        look_at_clock();
        others_.search.look();
        begin_from_invites();
        if (overlay_) publish(publisher_.on_time(now()));
        watch();
    }));
}

void SipLoop::lookup(const std::string& uri, const std::string& user, ChainDriver::LookupDone done) {
    sip::Flow flow;
    const auto phones = user.empty() ? std::vector<sip::Binding>{} : phones_of(user, now());
    if (!phones.empty()) flow = phones.front().flow;
    routes_->lookup(uri, flow, std::move(done));
}

void SipLoop::ping(const std::string& uri, const std::string& user,
                   std::function<void(const PingReport&)> done) {
    // As before a call: two nodes outside are asked what they see of this home.
    media_.prepare(alive_.guard([this, uri, user, done = std::move(done)] {
        lookup(uri, user, [this, done](const Trace& trace) {
            edge_->ping(edge_->ways(trace), [this, trace, done](const std::vector<PingedWay>& pinged) {
                done(ping_report(trace, pinged, sound_.home()));
            });
        });
    }));
}

std::vector<overlay::TransportAddress> SipLoop::bound() const {
    return addresses_of(transports_.bound());
}

void SipLoop::describe(NodeStatus& status) const {
    for (const auto& address : bound())
        status.listening.push_back(to_text(address));
    for (const auto& address : own_.advertised())
        status.advertised.push_back(to_text(address));
    status.ways_in = ways_in();
    for (const auto& user : tables_.users.all())
        status.users.push_back({user.label, phones_of(user.label, now()).size()});
    if (const auto* dns = routes_->dns()) status.dns = dns->status();
    status.clock = {std::string(name(clock_.judgement().verdict)), clock_.judgement().says,
                    clock_.doubt(now())};
    status.reach = reach_status();
    status.machine.state_fault =
        tables_.database.fault().empty() ? tables_.lasting.fault() : tables_.database.fault();
    status.machine.unwritten_users = tables_.bindings.fails() ? tables_.bindings.waiting() : 0;
    status.trust = trust_status(tables_.trust.all());
    status.contacts = tables_.contacts.size();
    status.inbound = inbound_->status();
    add_gate(status.inbound, edge_->edge());
    status.revoked = tables_.tombstones.own_revoked();
    status.caps = caps_status(others_.cap.counters());
    status.sip = sip_status(edge_->edge(), routes_->pending());
    status.sip.login_failures = edge_->login_failures();
    status.media = media_.status();
    status.transport = transport_status(transports_.counters());
    status.tls = tls_status(tls_.key_hash(), transports_.counters());
}

// Who is asked by which part.

void SipLoop::on_message(const sip::Flow& flow, std::string_view message) {
    if (asks_for_sound(flow, message)) return sound_.tell(flow, std::string(message));
    // Whoever came through a relay would have us dial back the relay.
    if (transports_.relayed(flow) || !reach_.handled(flow, message)) edge_->receive(flow, message);
}

void SipLoop::on_broken_stream(const sip::Flow& flow, std::string_view header, std::error_code why) {
    edge_->broken_stream(flow, header, why);
}

void SipLoop::on_flow_failed(const sip::Flow& flow) {
    relay_.flow_failed(flow);
    edge_->flow_failed(flow);
}

void SipLoop::on_relay_frame(const sip::Flow& flow, std::string_view frame) {
    relay_.on_frame(flow, frame);
}

void SipLoop::on_relay_wish(const sip::FirstBytes& wish, asio::ip::tcp::socket socket) {
    if (wish.kind == sip::FirstBytes::Kind::pipe && reach_.handled(wish.pipe)) return;
    relay_.on_wish(wish, std::move(socket));
}

/// For whom there is a page.
std::optional<asio::local::stream_protocol::socket> SipLoop::on_web_visitor(const sip::Flow& flow) {
    const auto& peer = flow.remote.address;
    const bool welcome =
        config_.page.to_all || is_in_the_house(peer, reach_.reach().network(), config_.mesh_prefixes);
    if (others_.page == nullptr || flow.transport != sip::Transport::wss || !welcome) return std::nullopt;
    asio::local::stream_protocol::socket ours(watch_timer_.get_executor()),
        theirs(watch_timer_.get_executor());
    asio::error_code error;
    asio::local::connect_pair(ours, theirs, error);
    if (!error) ours.non_blocking(true, error);
    if (!error) theirs.native_non_blocking(true, error);
    if (error) return std::nullopt;  // no descriptor is left
    others_.page->visit(theirs.release(), flow.remote);
    return ours;
}

bool SipLoop::may_answer(const sip::Flow& flow) {
    return edge_->admits(flow);
}

void SipLoop::addresses_changed() {
    const auto& reach = reach_.reach();
    if (own_.set(reach.ours(), reach.published()) && overlay_) publish(publisher_.refresh(now()));
    relay_.set_reached(is_reached());
    media_.addresses_changed();
}

/// By every caller: many have no IPv6.
bool SipLoop::is_reached() const {
    const auto& published = own_.advertised();
    return std::any_of(published.begin(), published.end(), [](const overlay::TransportAddress& at) {
        return at.address.is_v4() && overlay::is_global(at.address);
    });
}

std::vector<std::string> SipLoop::ways_in() const {
    const auto ports = reach_.reach().dht_ports();
    if (!overlay_ || ports.empty()) return {};
    DhtPort dht{*ports.begin(), {}};
    const auto& mappings = reach_.reach().mapping().mappings();
    if (const auto mapped = mappings.find({false, dht.bound}); mapped != mappings.end())
        dht.mapped = mapped->second.outer;
    return node::ways_in(own_.advertised(), dht, relay_.ways_in());
}

/// As bootstrap hosts, again and again: who is alone asks them, and who is not meets the other half of a
/// network that was cut.
void SipLoop::begin_from_invites() {
    if (!overlay_) return;
    try {
        auto nodes = nodes_of_invites(tables_.database, own_);
        if (!nodes.empty()) overlay_->meet(std::move(nodes));
    } catch (const DatabaseError& e) {
        spdlog::error("what invites say of nodes to begin from could not be read: {}", e.what());
    }
}

void SipLoop::through_changed() {
    if (overlay_) publish(publisher_.refresh(now()));
    others_.search.look_now();
}

std::string SipLoop::why_not(const overlay::TransportAddress& address) const {
    return own_.why_not(address);
}

void SipLoop::network_changed() {
    media_.addresses_changed();
    if (!overlay_) return;
    tell_ipv6();
    overlay_->network_changed();
    tell_the_neighbours();
}

void SipLoop::tell_ipv6() {
    const auto& firewall = reach_.reach().pinholes().gateway();
    overlay_->also_at(firewall ? std::optional(firewall->own) : std::nullopt);
}

void SipLoop::send(const sip::Flow& flow, std::string bytes) {
    transports_.send(flow, std::move(bytes));
}

bool SipLoop::ask_strangers(const overlay::TransportAddress& address, const crypto::Bytes<15>& id) {
    if (!overlay_) return false;
    overlay_->ask_call_back(address, id, alive_.guard([this, id](const overlay::CallBackAnswer& answer) {
        reach_.strangers_answered(id, answer);
    }));
    return true;
}

bool SipLoop::look_up(const std::string& host) {
    auto* const dns = routes_->dns();
    if (dns == nullptr) return false;
    dns->locate(address_question(host), alive_.guard([this, host](const DnsAnswer& answer) {
        reach_.host_answered(host, host_addresses(answer));
    }));
    return true;
}

crypto::Bytes<16> SipLoop::mapping_secret() {
    return MappingMemory(tables_.facts).secret();
}

std::vector<LastingMapping> SipLoop::lasting_mappings() {
    return MappingMemory(tables_.facts).load();
}

void SipLoop::remember(const std::vector<LastingMapping>& mappings) {
    MappingMemory(tables_.facts).save(mappings);
}

crypto::PublicKey SipLoop::owner_of(const std::string& label) const {
    return publisher_.owner_of(label);
}

std::optional<crypto::PublicKey> SipLoop::zone_of(const sip::Flow& flow) const {
    const auto peer = transports_.peer(flow);
    return peer ? peer->zone_key : std::nullopt;
}

std::optional<bool> SipLoop::is_revoked(const crypto::PublicKey& key) {
    return tables_.is_revoked(key);
}

void SipLoop::callers_wait() {
    asio::post(watch_timer_.get_executor(), alive_.guard([this] { inbound_->write_notes(); }));
}

bool SipLoop::is_own_host(const std::string& host, std::optional<std::uint16_t> port,
                          const sip::Flow& flow) const {
    return edge_->edge().is_own_host(host, port, flow);
}

bool SipLoop::is_user(const std::string& label) {
    return tables_.users.find(label) != nullptr;
}

std::string SipLoop::clock_fault() const {
    return clock_.judgement().says;
}

std::string SipLoop::why_too_often(const asio::ip::address& address, const std::string& name) {
    const auto steady = now().steady;
    return others_.cap.admit(address, name, steady) ? std::string() : others_.cap.reason(address, steady);
}

void SipLoop::met(const crypto::PublicKey& owner, const std::vector<overlay::ValueVerdict>& values) {
    // What is ours is dated by this very clock.
    if (owner != identity_.public_key()) clock_.met(owner, values, now());
}

std::optional<sip::Endpoint> SipLoop::relayed_here(const overlay::ThroughEdge& edge) const {
    return relay_.relayed_here(edge);
}

void SipLoop::phones_changed(const std::string& user) {
    if (overlay_) publish(publisher_.user_changed(user, now()));
}

std::vector<sip::Binding> SipLoop::phones_of(const std::string& user, sip::Now now) const {
    return edge_->edge().bindings(user, now);
}

const std::vector<overlay::TransportAddress>& SipLoop::advertised() const {
    return own_.advertised();
}

const std::vector<overlay::ThroughEdge>& SipLoop::through() const {
    return relay_.through();
}

bool SipLoop::is_reached_by_others(const asio::ip::address& host) const {
    return reach_.reach().reached_beside_us(host);
}

crypto::Bytes<32> SipLoop::tls_key_hash() const {
    return tls_.key_hash();
}

crypto::TicketKey SipLoop::ticket_key(std::chrono::sys_seconds wall) const {
    return inbound_->ticket_key(wall);
}

}  // namespace node
