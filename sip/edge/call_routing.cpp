// sip/edge/call_routing.cpp - how a request gets to whom the host found.
#include "sip/edge/call_routing.hpp"

#include <algorithm>

#include "sip/edge/redirect_response.hpp"
#include "sip/proxy/forwarded_message.hpp"
#include "sip/proxy/record_route.hpp"
#include "sip/syntax/request_uri.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

constexpr std::size_t max_hops = 8;  // to one callee

// §26.2.2, RFC 5630 §3.1: sips is a promise that each hop is TLS.
bool asks_for_tls(const MessageView& request) {
    const auto uri = UriView::parse(request.request_uri());
    return uri && uri->is_sips();
}

bool is_tls(Transport transport) {
    return transport == Transport::tls || transport == Transport::wss;
}

void keep_tls(std::vector<ProxyTarget>& targets) {
    for (ProxyTarget& target : targets)
        std::erase_if(target.hops, [](const Hop& hop) {
            return !(hop.flow ? is_tls(hop.flow->transport) : hop.next && is_tls(hop.next->transport));
        });
    std::erase_if(targets, [](const ProxyTarget& target) { return target.hops.empty(); });
}

std::string phone_name(const std::string& user, std::string_view agent, const Flow& flow) {
    return user + " " + flow.remote.address.to_string() + " " + std::string(agent.substr(0, 128));
}
std::string phone_name(const std::string& user, const MessageView& request, const Flow& flow) {
    return phone_name(user, request.header(Header::user_agent).value_or(""), flow);
}

bool pinned(const RouteContact& contact) {
    return contact.hop && contact.hop->peer.key_hash;
}

// Through a relay: it knows bytes, and nobody's phone could follow a 302 to it.
bool through_relay(const RouteContact& contact) {
    return contact.hop && !contact.hop->peer.through.empty();
}

bool in_browser(const Flow& flow) {
    return flow.transport == Transport::ws || flow.transport == Transport::wss;
}

// Nothing between this peer and us: then its flow leads back to it, whatever its Contact says.
bool came_straight(const MessageView& request) {
    return addresses_of(request, Header::via).size() == 1 && request.count(Header::record_route) == 0;
}

std::vector<Hop> hops_of(const Binding& binding) {
    std::vector<Hop> hops;
    std::vector<std::string> path;
    for (std::string_view rest = binding.path; !rest.empty();) {
        if (const auto value = next_value(rest); !value.empty()) path.emplace_back(value);
    }
    hops.push_back({binding.contact, path, binding.flow, {}, true, binding.reg_id != 0});
    // Its connection may be gone, and the phone still listen where it says.
    const auto hop = next_hop(binding.contact);
    if (path.empty() && hop && hop->transport != Transport::udp &&
        hop->endpoint.address == binding.flow.remote.address)
        hops.push_back({binding.contact, {}, {}, hop, true});
    return hops;
}

// "399 name "text"": what is said with our own 480 when nobody could be reached.
std::string tls_warning(const std::string& our_name) {
    return "399 " + our_name +
           " \"the other node is called by TLS alone, and TLS does not get through to it: blocked on the "
           "way?\"";
}

// The phone stands where it says, and whom it would call can send to such an address.
bool way_lasts(const Flow& phone, std::string_view contact, const RouteAnswer& found) {
    if (found.contacts.empty() || !stands_at(phone, contact)) return false;
    const RouteContact& first = found.contacts.front();
    const auto hop = first.hop ? first.hop : next_hop(first.uri);
    return hop && hop->endpoint.address.is_v4() == phone.remote.address.is_v4() &&
           network_kind(hop->endpoint.address) == network_kind(phone.remote.address);
}

// The contacts that the host found are ways to one callee. `over_tls`: those alone that are known by their
// key.
ProxyTarget found_callee(std::vector<RouteContact> contacts, bool over_tls) {
    if (over_tls) std::erase_if(contacts, [](const RouteContact& contact) { return !pinned(contact); });
    std::stable_sort(contacts.begin(), contacts.end(), [](const RouteContact& x, const RouteContact& y) {
        if (through_relay(x) != through_relay(y)) return through_relay(y);
        if (x.q != y.q) return x.q > y.q;
        return pinned(x) && !pinned(y);  // TLS to an edge that we know by its key
    });
    ProxyTarget callee;
    for (const RouteContact& contact : contacts) {
        const auto hop = contact.hop ? contact.hop : next_hop(contact.uri);
        const std::string& uri = contact.asked.empty() ? contact.uri : contact.asked;
        if (!hop || callee.hops.size() == max_hops) continue;
        callee.hops.push_back({uri, {}, {}, hop, false});
        callee.hops.back().ticket = contact.ticket;
    }
    return callee;
}

}  // namespace

CallRouting::CallRouting(const EdgeConfig& config, Users& users, const Registrar& registrar,
                         const DialogRouting& dialogs, const Output& output)
    : config_(config),
      users_(users),
      registrar_(registrar),
      dialogs_(dialogs),
      output_(output),
      given_(config.secret) {}

// --- our phones

std::vector<ProxyTarget> CallRouting::phones_of(std::string_view user, Time now) const {
    std::vector<ProxyTarget> phones;
    std::vector<std::string> instances;
    for (const Binding& binding : registrar_.bindings(user, now)) {
        // RFC 5626 §5: the flows of one instance are ways to one phone, not phones.
        const std::string instance = binding.reg_id != 0 ? binding.instance : std::string{};
        auto known = std::find(instances.begin(), instances.end(), instance);
        if (instance.empty() || known == instances.end()) {
            phones.push_back({{}, binding.q});
            instances.push_back(instance);
            known = std::prev(instances.end());
        }
        auto& hops = phones[static_cast<std::size_t>(known - instances.begin())].hops;
        for (Hop& one : hops_of(binding))
            hops.push_back(std::move(one));
    }
    return phones;
}

CalleeSigns CallRouting::callee_signs(std::string_view user, const Flow& caller, Time now) const {
    const auto bindings = registrar_.bindings(user, now);
    CalleeSigns signs{true, bindings.size(), false, true};
    if (bindings.size() != 1) return signs;
    const Binding& b = bindings.front();
    const auto hop = next_hop(b.contact);
    const bool client_end = b.flow.transport != Transport::udp && hop && hop->endpoint == b.flow.remote;
    signs.listens = b.path.empty() && !in_browser(b.flow) && !client_end;
    signs.direct = b.path.empty() && b.flow.transport == Transport::udp && hop &&
                   hop->transport == Transport::udp && hop->endpoint == b.flow.remote &&
                   b.flow.remote.address.is_v4() == caller.remote.address.is_v4() &&
                   network_kind(b.flow.remote.address) == network_kind(caller.remote.address);
    return signs;
}

// An edge that proved its zone over this connection. What goes back to it in the dialog goes over the same:
// then both ends have proved who they are, and its own address need not be reachable.
bool CallRouting::came_from_edge(const Flow& flow) const {
    const auto peer = output_.peer(flow);
    return peer && peer->zone_key;
}

// --- calls

Delivery CallRouting::wish_of(std::string_view user) const {
    const Credentials* account = user.empty() ? nullptr : users_.find(user);
    return account != nullptr && account->delivery ? *account->delivery : config_.delivery;
}

Delivery CallRouting::wish(const std::string& caller, const std::string& callee) const {
    if (!callee.empty() && wish_of(callee) == Delivery::proxy) return Delivery::proxy;
    return wish_of(caller.empty() ? callee : caller);
}

bool CallRouting::would_redirect(const std::string& user, const Binding& phone, const std::string& callee,
                                 const RouteAnswer& found, Time now) const {
    CallerSigns caller;
    caller.own_user = true;
    caller.browser = in_browser(phone.flow);
    caller.through_proxy = !phone.path.empty();
    caller.returns = returning_.contain(phone_name(user, phone.user_agent, phone.flow));
    caller.user_agent = phone.user_agent;
    const bool local = !callee.empty() && registrar_.any(callee, now);
    CalleeSigns signs = local ? callee_signs(callee, phone.flow, now) : CalleeSigns{};
    signs.tls = found.gives_tls && !local;
    signs.lasts = way_lasts(phone.flow, phone.contact, found);
    return redirects(wish(user, callee), caller, signs, config_.follow_redirects);
}

CallerSigns CallRouting::caller_signs(const PendingRoutes::Pending& pending) const {
    const MessageView& request = pending.request;
    CallerSigns caller;
    caller.invite = request.method() == Method::invite;
    caller.own_user = !pending.caller.empty();
    caller.browser = in_browser(pending.flow);
    caller.own_route = dialogs_.names_us(request, pending.flow);
    caller.through_proxy = addresses_of(request, Header::via).size() > 1;
    caller.marked = !pending.mark.empty();
    caller.returns = returning_.contain(phone_name(pending.caller, request, pending.flow));
    caller.user_agent = request.header(Header::user_agent).value_or("");
    return caller;
}

// Whoever comes back with what he was given must find the way by TLS remembered.
bool CallRouting::redirectable(const RouteAnswer& route, Time now) const {
    if (!route.gives_tls || !config_.require_tls) return true;
    const auto kept = std::count_if(over_tls_.begin(), over_tls_.end(),
                                    [now](const auto& entry) { return entry.second.until > now; });
    return static_cast<std::size_t>(kept) + route.contacts.size() <= max_over_tls;
}

CallRouting::Plan CallRouting::plan(const PendingRoutes::Pending& pending, const RouteAnswer& route,
                                    Time now) const {
    const MessageView& request = pending.request;
    if (route.status >= 400 || route.contacts.empty())
        return Refuse{redirect_answer(route, request.request_uri(), pending.name)};
    if (!config_.forwards) return Redirect{};
    // Without a phone here, what the host found of our user is elsewhere.
    const bool local = !pending.callee.empty() && registrar_.any(pending.callee, now);
    const CallerSigns caller = caller_signs(pending);
    CalleeSigns callee = local ? callee_signs(pending.callee, pending.flow, now) : CalleeSigns{};
    callee.tls = route.gives_tls && !local;
    callee.needs_us = route.needs_us;
    callee.lasts = way_lasts(pending.flow, uri_in(request.header(Header::contact).value_or("")), route);
    const bool sips = asks_for_tls(request);  // a 302 would leave it to the phone to keep the promise
    const bool can_follow = !std::all_of(route.contacts.begin(), route.contacts.end(), through_relay);
    if (!sips && can_follow &&
        redirects(wish(pending.caller, pending.callee), caller, callee, config_.follow_redirects) &&
        redirectable(route, now))
        return Redirect{caller.own_user};
    Fork fork;
    if (local) {
        fork.targets = phones_of(pending.callee, now);
        fork.to_phones = true;
    } else {
        const bool over_tls = config_.require_tls && route.gives_tls;
        if (over_tls) fork.warning = tls_warning(pending.name);
        fork.targets.push_back(found_callee(route.contacts, over_tls));
        if (fork.targets.front().hops.empty())
            return Refuse{{480, {}, {{"Warning", tls_warning(pending.name)}}}};
    }
    if (sips) keep_tls(fork.targets);
    if (fork.targets.empty()) return Refuse{{480, "Nobody There Over TLS", {}}};
    fork.caller_is_phone = came_straight(request) || came_from_edge(pending.flow);
    fork.caller_is_ours = caller.own_user;
    fork.follows_3xx = caller.own_user && !local && !sips;
    fork.stays = caller.own_route || caller.marked;
    return fork;
}

Answer CallRouting::redirect(const Redirect& plan, const PendingRoutes::Pending& pending, RouteAnswer route,
                             Time now) {
    const auto uri = pending.request.request_uri();
    if (plan.marked) {
        if (config_.require_tls && route.gives_tls) {
            over_tls_.erase_if([now](const auto&, const OverTls& way) { return way.until <= now; });
            OverTls way{now + RedirectTokens::longest, {}};
            for (const RouteContact& contact : route.contacts) {
                // A call that comes back is another than the one which was asked for: a bearer's ticket.
                if (pinned(contact)) way.hops.push_back({contact.uri, {}, {}, contact.hop, false});
            }
            for (const RouteContact& contact : route.contacts)
                over_tls_.put(RedirectTokens::meaning(contact.uri), way);
        }
        for (RouteContact& contact : route.contacts)
            contact.uri = given_.mark(as_request_uri(contact.uri), pending.caller, now);
    }
    std::erase_if(route.contacts, through_relay);
    return redirect_answer(route, uri, pending.name);
}

std::optional<CallRouting::Fork> CallRouting::by_route(const MessageView& request,
                                                       std::vector<std::string> route) const {
    const auto hop = next_hop(uri_in(route.front()));
    if (!hop || !dialogs_.may_follow(*hop)) return std::nullopt;
    Fork fork;
    fork.targets = {{{{std::string(request.request_uri()), std::move(route), {}, hop, false}}, 1000}};
    fork.caller_is_phone = came_straight(request);
    fork.caller_is_ours = true;
    fork.stays = true;
    return fork;
}

std::optional<CallRouting::Fork> CallRouting::follow_up(const MessageView& request, const Flow& flow,
                                                        const std::string& user, Time now) {
    const std::string our_name = dialogs_.our_name(flow);
    const auto given = given_.take(request.request_uri(), user, now);
    if (given) returning_.note(phone_name(user, request, flow));
    const std::string uri = given ? *given : RedirectTokens::without_mark(request.request_uri());
    Fork fork;
    const auto binding = registrar_.find_contact(uri, now);
    const OverTls* way = given ? over_tls_.find(RedirectTokens::meaning(uri)) : nullptr;
    if (binding) {
        fork.targets = {{hops_of(*binding), 1000}};
        fork.to_phones = true;
    } else if (way != nullptr) {
        fork.targets = {{way->hops, 1000}};
        fork.warning = tls_warning(our_name);
    } else if (const auto hop = next_hop(uri); hop && given) {
        fork.targets = {{{{uri, {}, {}, hop, false}}, 1000}};
    } else {
        return std::nullopt;
    }
    fork.caller_is_phone = came_straight(request);
    fork.caller_is_ours = true;
    fork.follows_3xx = !binding;
    fork.stays = dialogs_.names_us(request, flow);
    return fork;
}

}  // namespace sip
