// node/reach/reachability.cpp - candidates, and what speaks for and against each.
#include "node/reach/reachability.hpp"

#include <algorithm>

#include "node/reach/own_addresses.hpp"

namespace node {
namespace {

using How = OwnAddress::How;
using Standing = OwnAddress::Standing;

constexpr std::size_t most_in_vain = 64;  // addresses; a home has a dozen
constexpr auto hint_again = std::chrono::seconds(10);
constexpr std::size_t most_strangers = 16;
constexpr unsigned failures_until_anew = 2;  // the other node may be at fault once

std::chrono::seconds check_pause(unsigned failures) {
    if (failures == 0) return std::chrono::hours(6);
    if (failures <= 2) return std::chrono::seconds(60);
    return std::chrono::minutes(failures <= 12 ? 5 : 30);
}

/// WebSockets are for our own phones.
bool others_call(overlay::Transport transport) {
    return transport != overlay::Transport::ws && transport != overlay::Transport::wss;
}

bool uses_tcp(overlay::Transport transport) {
    return transport != overlay::Transport::udp;
}

std::string why_not(const overlay::TransportAddress& address, const std::vector<overlay::Prefix>& mesh) {
    return std::string(overlay::reason(overlay::judge_contact(address, mesh, {})));
}

}  // namespace

std::string_view name(How how) noexcept {
    switch (how) {
        case How::configured: return "configured";
        case How::mesh: return "mesh";
        case How::own: return "own";
        case How::mapped: return "mapped";
        case How::seen: return "seen";
    }
    return "";
}

std::string_view name(Standing standing) noexcept {
    switch (standing) {
        case Standing::published: return "published";
        case Standing::waiting: return "waiting";
        case Standing::refused: return "refused";
    }
    return "";
}

Reachability::Reachability(Settings settings)
    : settings_(std::move(settings)),
      mapper_(settings_.mapping),
      pinholes_({false, false, settings_.mapping.lease, settings_.mapping.pcp}),
      hosts_(settings_.advertise_hosts) {}

void Reachability::set_listening(std::vector<overlay::TransportAddress> sip, std::set<std::uint16_t> dht,
                                 Time now) {
    sip_ = std::move(sip);
    dht_ = std::move(dht);
    wish_for_ports(now);
}

void Reachability::set_door_ports(std::set<std::uint16_t> udp, Time now) {
    doors_ = std::move(udp);
    wish_for_ports(now);
}

void Reachability::set_network(NetworkView view, Time now) {
    view_ = std::move(view);
    dial_backs_.clear();
    in_vain_.clear();
    seen_.start_over(now);
    mapper_.set_gateway(gateway_of(view_), now);
    pinholes_.set_gateway(firewall_of(view_), now);
    wish_for_ports(now);
}

void Reachability::set_seen(std::vector<overlay::SeenAddress> seen, Time now) {
    const auto before = seen_.view();
    seen_.seen(std::move(seen), now);
    if (seen_.view() != before) hosts_.look_soon(now);
    const auto& outer = mapper_.outer_address();
    // The router has a new address and has not told: or it never will, with a second router before it.
    const bool elsewhere =
        outer && !supports(seen_.latest(), *outer) &&
        std::ranges::any_of(seen_.latest(), [](const auto& s) { return s.address.is_v4(); });
    if (!elsewhere || now - hinted_at_ < hint_again) return;
    hinted_at_ = now;
    mapper_.ask_soon(now);
}

void Reachability::on_time(Time now) {
    seen_.on_time(now);
    mapper_.on_time(now);
    pinholes_.on_time(now);
}

std::optional<Reachability::Time> Reachability::next_wake() const {
    std::optional<Time> wake;
    for (const auto& each :
         {mapper_.next_wake(), pinholes_.next_wake(), seen_.next_wake(), hosts_.next_wake()})
        if (each && (!wake || *each < *wake)) wake = each;
    return wake;
}

void Reachability::dialled_back(const overlay::TransportAddress& address, bool came, Time now,
                                const std::optional<asio::ip::address>& stranger) {
    DialBack& known = dial_backs_[address];
    known.at = now;
    if (came) {
        known = {true, 0, now, {}};
        in_vain_.erase(address);
        return;
    }
    if (stranger) {
        const auto counted = [&](const overlay::Prefix& network) { return network.contains(*stranger); };
        if (std::ranges::any_of(known.strangers, counted) || known.strangers.size() >= most_strangers) return;
        known.strangers.emplace_back(*stranger, stranger->is_v4() ? 16U : 64U);
    }
    if (++known.failures < failures_until_anew) return;
    known.came = false;
    in_vain_.erase(address);
    if (known.failures == failures_until_anew) make_anew(address, now);
}

void Reachability::make_anew(const overlay::TransportAddress& address, Time now) {
    const bool tcp = uses_tcp(address.transport);
    if (address.address.is_v6()) {
        if (has_pinhole(address)) (void)pinholes_.make_anew({tcp, address.port}, now);
        return;
    }
    for (const auto& [inner, mapping] : mapper_.mappings()) {
        if (inner.tcp == tcp && mapping.outer == address.port && mapper_.outer_address() == address.address) {
            (void)mapper_.make_anew(inner, now);
            return;
        }
    }
}

void Reachability::nobody_dials(const overlay::TransportAddress& address,
                                const overlay::CallBackAnswer& why) {
    if (in_vain_.size() >= most_in_vain) in_vain_.clear();
    in_vain_[address] = why;
}

const overlay::CallBackAnswer* Reachability::nobody_for(const overlay::TransportAddress& address) const {
    const auto known = in_vain_.find(address);
    return known == in_vain_.end() ? nullptr : &known->second;
}

unsigned Reachability::failures_of(const overlay::TransportAddress& address) const {
    const auto* tried = dial_back_to(address);
    return tried == nullptr ? 0 : tried->failures;
}

std::vector<overlay::TransportAddress> Reachability::to_check(Time now) const {
    std::vector<overlay::TransportAddress> due;
    for (const auto& each : addresses()) {
        const bool can = each.address.transport <= overlay::Transport::tls;
        if (!can || each.how == How::configured || each.how == How::mesh ||
            !overlay::is_global(each.address.address))
            continue;
        const auto* tried = dial_back_to(each.address);
        if (tried == nullptr || now - tried->at >= check_pause(tried->failures)) due.push_back(each.address);
    }
    return due;
}

bool Reachability::maps(const overlay::TransportAddress& listen) const {
    const auto& gateway = mapper_.gateway();
    return gateway && others_call(listen.transport) && listen.address.is_v4() &&
           (listen.address.is_unspecified() || listen.address == asio::ip::address(gateway->own));
}

void Reachability::wish_for_ports(Time now) {
    std::set<InnerPort> ports;
    if (!is_configured()) {
        for (const auto& listen : sip_) {
            if (maps(listen)) ports.insert({uses_tcp(listen.transport), listen.port});
        }
        // The DHT gets on without, but better with it; not for its own sake.
        if (!ports.empty()) {
            for (const auto port : dht_)
                ports.insert({false, port});
        }
    }
    // Whoever set sip.advertise spoke of SIP's ports alone.
    for (const auto port : doors_)
        ports.insert({false, port});
    mapper_.set_ports(std::move(ports), now);
    wish_for_pinholes(now);
}

void Reachability::wish_for_pinholes(Time now) {
    std::set<InnerPort> ports;
    const auto& firewall = pinholes_.gateway();
    for (const auto& listen : sip_) {
        const bool there = firewall && (listen.address == firewall->own ||
                                        (listen.address.is_v6() && listen.address.is_unspecified()));
        if (there && others_call(listen.transport) && !is_configured())
            ports.insert({uses_tcp(listen.transport), listen.port});
    }
    for (const auto port : doors_)
        ports.insert({false, port});
    pinholes_.set_ports(std::move(ports), now);
}

bool Reachability::has_pinhole(const overlay::TransportAddress& address) const {
    const auto& firewall = pinholes_.gateway();
    return firewall && firewall->own == address.address &&
           pinholes_.mappings().contains({uses_tcp(address.transport), address.port});
}

bool Reachability::in_mesh(const asio::ip::address& address) const {
    const auto plain = overlay::unwrapped(address);
    return std::any_of(settings_.mesh.begin(), settings_.mesh.end(),
                       [&](const overlay::Prefix& prefix) { return prefix.contains(plain); });
}

// What the router says of itself need not last for others to confirm it.
bool Reachability::supported(const asio::ip::address& address) const {
    if (supports(seen_.view(), address)) return true;
    const auto& outer = mapper_.outer_address();
    return outer && address == asio::ip::address(*outer) && supports(seen_.latest(), address);
}

std::string Reachability::seen_elsewhere(const asio::ip::address& address) const {
    if (supported(address)) return {};
    for (const auto& seen : seen_.view()) {
        if (seen.address.is_v4() == address.is_v4())
            return "DHT nodes outside see us at " + seen.address.to_string() + ", not there";
    }
    return {};
}

const Reachability::DialBack* Reachability::dial_back_to(const overlay::TransportAddress& address) const {
    const auto known = dial_backs_.find(address);
    return known == dial_backs_.end() ? nullptr : &known->second;
}

void Reachability::add_own(const overlay::TransportAddress& address, std::vector<OwnAddress>& all) const {
    if (!others_call(address.transport) || !why_not(address, settings_.mesh).empty())
        return;  // private, or loopback: nobody's business
    OwnAddress own{address, How::own, Standing::published, {}};
    if (!overlay::is_global(address.address)) {
        own.how = How::mesh;
    } else {
        judge_own(own);
    }
    all.push_back(std::move(own));
}

/// Nobody dials TLS: where TCP gets in to this very machine, so does it.
overlay::TransportAddress Reachability::checked_for(const overlay::TransportAddress& own) const {
    if (own.transport != overlay::Transport::tls) return own;
    for (const auto& listen : sip_) {
        const bool there = listen.address == own.address ||
                           (listen.address.is_unspecified() && listen.address.is_v4() == own.address.is_v4());
        if (there && listen.transport == overlay::Transport::tcp)
            return {listen.transport, own.address, listen.port};
    }
    return own;
}

void Reachability::judge_own(OwnAddress& own) const {
    const auto& address = own.address.address;
    const auto checked = checked_for(own.address);
    const auto* tried = dial_back_to(checked);
    if (tried != nullptr && tried->came) return;  // nothing speaks louder
    const bool hole = has_pinhole(own.address);
    if (tried != nullptr && tried->failures >= failures_until_anew + (hole ? 1 : 0)) {
        own.standing = Standing::refused;
        own.says = hole ? "other nodes tried to call back and could not, although the router says that it "
                          "lets them in"
                        : "other nodes tried to call back and could not: a firewall is in between";
    } else if (in_mesh(address) || hole) {
        return;
    } else if (address.is_v6()) {
        // It is not translated, and machines have many addresses there: being seen at another says nothing.
        // Where nobody can be found who would call, it is told unchecked: a friend can then.
        own.says = "no other node has called back there yet";
        const bool contact_failed = tried != nullptr && tried->failures > tried->strangers.size();
        if (contact_failed || nobody_for(checked) == nullptr) own.standing = Standing::waiting;
    } else if (own.says = seen_elsewhere(address); !own.says.empty()) {
        own.standing = Standing::refused;
    }
}

void Reachability::judge_mapped(OwnAddress& mapped) const {
    const auto outer = mapped.address.address.to_v4();
    const auto* tried = dial_back_to(mapped.address);
    if (tried != nullptr && tried->came) return;
    const auto refuse = [&](std::string says) {
        mapped.standing = Standing::refused;
        mapped.says = std::move(says);
    };
    if (is_carriers(outer))
        return refuse("the router itself shares its address with other customers of your provider (CGNAT)");
    if (is_translated(outer))
        return refuse("the router itself has only a private address: a second router is before it");
    if (const auto why = why_not(mapped.address, {}); !why.empty()) return refuse(why);
    if (tried != nullptr && tried->failures > failures_until_anew) {
        return refuse(
            "other nodes tried to call back there and could not, also after the port was opened anew: "
            "something before "
            "the router keeps them out, or it does not do what it says");
    }
    if (const auto elsewhere = seen_elsewhere(outer); !elsewhere.empty()) return refuse(elsewhere);
    if (supported(outer)) return;
    mapped.standing = Standing::waiting;
    mapped.says = "no DHT node outside has told yet where it sees us";
}

void Reachability::add_mapped(std::vector<OwnAddress>& all) const {
    const auto& outer = mapper_.outer_address();
    if (!outer) return;
    for (const auto& listen : sip_) {
        if (!maps(listen)) continue;
        const auto mapping = mapper_.mappings().find({uses_tcp(listen.transport), listen.port});
        if (mapping == mapper_.mappings().end()) continue;
        OwnAddress mapped{
            {listen.transport, *outer, mapping->second.outer}, How::mapped, Standing::published, {}};
        judge_mapped(mapped);
        all.push_back(std::move(mapped));
    }
}

void Reachability::add_seen(std::vector<OwnAddress>& all) const {
    // The router has another address since, and others see us there already: what we were seen at is
    // nobody's.
    const auto& outer = mapper_.outer_address();
    const bool moved = outer && supports(seen_.latest(), *outer);
    for (const auto& seen : seen_.view()) {
        if (!seen.address.is_v4() || !supported(seen.address) || !overlay::is_global(seen.address)) continue;
        if (moved && seen.address != *outer) continue;
        for (const auto& listen : sip_) {
            if (!maps(listen)) continue;
            OwnAddress candidate{{listen.transport, seen.address, listen.port},
                                 How::seen,
                                 Standing::waiting,
                                 "no other node has called back there yet"};
            const bool known = std::any_of(all.begin(), all.end(), [&](const OwnAddress& a) {
                return a.address.address == candidate.address.address &&
                       a.address.transport == candidate.address.transport;
            });
            if (known) continue;
            if (const auto* tried = dial_back_to(candidate.address); tried != nullptr) {
                candidate.standing = tried->came ? Standing::published : Standing::refused;
                candidate.says = tried->came ? "" : "another node tried to call back there and could not";
            }
            all.push_back(std::move(candidate));
        }
        return;  // the most seen one only
    }
}

void Reachability::add_configured(std::vector<OwnAddress>& all) const {
    for (const auto& address : settings_.advertise)
        all.push_back({address, How::configured, Standing::published, {}});
    // What DNS says may be anything: a router that answers with its own address, say.
    for (const auto& address : hosts_.addresses()) {
        OwnAddress named{address, How::configured, Standing::published, why_not(address, settings_.mesh)};
        if (!named.says.empty()) named.standing = Standing::refused;
        all.push_back(std::move(named));
    }
}

void Reachability::host_answered(const std::string& host, HostAddresses says, Time now) {
    hosts_.answered(host, std::move(says), now);
}

std::vector<OwnAddress> Reachability::addresses() const {
    std::vector<OwnAddress> all;
    if (is_configured()) {
        add_configured(all);
        return all;
    }
    for (const auto& address : listening_addresses(sip_, lasting_addresses(view_)))
        add_own(address, all);
    add_mapped(all);
    add_seen(all);
    return all;
}

std::vector<overlay::TransportAddress> Reachability::published() const {
    std::vector<overlay::TransportAddress> chosen;
    for (const auto& each : addresses()) {
        if (each.standing == Standing::published) chosen.push_back(each.address);
    }
    return publishable_addresses(is_configured() ? chosen : std::vector<overlay::TransportAddress>(), chosen,
                                 [](const overlay::TransportAddress&) { return std::string(); });
}

std::vector<overlay::TransportAddress> Reachability::ours() const {
    auto all = listening_addresses(sip_, every_address(view_));
    for (const auto& each : addresses()) {
        const bool listened = each.how == How::own || each.how == How::mesh;
        // Behind a carrier's router the address we are seen at is other people's as well.
        const bool perhaps = each.how == How::seen && each.standing != Standing::published;
        if (!listened && !perhaps) all.push_back(each.address);
    }
    return all;
}

std::optional<sip::Endpoint> Reachability::door_outside(std::uint16_t udp) const {
    const auto& outer = mapper_.outer_address();
    const auto mapping = mapper_.mappings().find({false, udp});
    if (!outer || !doors_.contains(udp) || mapping == mapper_.mappings().end()) return std::nullopt;
    OwnAddress door{
        {overlay::Transport::udp, *outer, mapping->second.outer}, How::mapped, Standing::published, {}};
    judge_mapped(door);
    // Nobody dials a door back: but where SIP's ports were reached, so is it.
    const bool reached = std::any_of(dial_backs_.begin(), dial_backs_.end(), [&](const auto& tried) {
        return tried.second.came && tried.first.address == door.address.address;
    });
    if (door.standing != Standing::published && !reached) return std::nullopt;
    return sip::Endpoint{door.address.address, door.address.port};
}

bool Reachability::reached_beside_us(const asio::ip::address& host) const {
    if (!overlay::is_global(host)) return in_mesh(host);
    const auto all = addresses();
    return std::any_of(view_.addresses.begin(), view_.addresses.end(), [&](const InterfaceAddress& own) {
        const overlay::Prefix network(own.address, own.prefix_length);
        return network.contains(host) && std::any_of(all.begin(), all.end(), [&](const OwnAddress& a) {
                   return a.standing == Standing::published && a.how == How::own &&
                          network.contains(a.address.address);
               });
    });
}

}  // namespace node
