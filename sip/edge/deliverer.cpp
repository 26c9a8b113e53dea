// sip/edge/deliverer.cpp - brings a request to whom the router found.
#include "sip/edge/deliverer.hpp"

#include <algorithm>
#include <utility>

#include "sip/edge/edge.hpp"
#include "sip/edge/redirect_response.hpp"
#include "sip/proxy/forwarded_message.hpp"
#include "sip/syntax/builder.hpp"

namespace sip {

namespace {

constexpr std::size_t max_ways = 8;  // to one callee

std::string phone_name(const std::string& user, std::string_view agent, const Flow& flow) {
    return user + " " + flow.remote.address.to_string() + " " + std::string(agent.substr(0, 128));
}
std::string phone_name(const std::string& user, const MessageView& request, const Flow& flow) {
    return phone_name(user, request.header(Header::user_agent).value_or(""), flow);
}

bool pinned(const RouteContact& contact) {
    return contact.hop && contact.hop->peer.key_hash;
}

bool in_browser(const Flow& flow) {
    return flow.transport == Transport::ws || flow.transport == Transport::wss;
}

// Nothing between this peer and us: then its flow leads back to it, whatever its Contact says.
bool came_straight(const MessageView& request) {
    return addresses_of(request, Header::via).size() == 1 && request.count(Header::record_route) == 0;
}

}  // namespace

DeliveryRules delivery_rules(const EdgeConfig& config, Users& users) {
    DeliveryRules rules;
    rules.following = config.following;
    rules.of_user = [&config, &users](std::string_view user) {
        const Credentials* account = user.empty() ? nullptr : users.find(user);
        return account != nullptr && account->delivery ? *account->delivery : config.delivery;
    };
    rules.proxy.realm = config.realm;
    rules.proxy.limits.transactions = 2 * config.max_transactions;
    rules.proxy.may_follow = config.may_follow;
    rules.proxy.own_address = config.own_address;
    return rules;
}

Deliverer::Deliverer(DeliveryRules rules, const std::array<std::uint8_t, 32>& secret,
                     const std::array<std::uint8_t, 32>& flow_key, const OwnHosts& own,
                     const Registrar& registrar, ServerTransactions& transactions, Router& router,
                     Upstream& upstream, Output& output)
    : rules_(std::move(rules)),
      own_(own),
      registrar_(registrar),
      transactions_(transactions),
      router_(router),
      tokens_(flow_key),
      given_(secret),
      output_(output),
      proxy_(rules_.proxy, secret, tokens_, upstream, output) {}

// An edge that proved its zone over this connection. What goes back to it in the dialog goes over the same:
// then both ends have proved who they are, and its own address need not be reachable.
bool Deliverer::came_from_edge(const Flow& flow) const {
    const auto peer = output_.peer(flow);
    return peer && peer->zone_key;
}

// --- dialogs

Deliverer::Dialog Deliverer::read_route(const MessageView& message, const Flow& flow) const {
    Dialog dialog;
    dialog.uri = message.request_uri();
    dialog.route = addresses_of(message, Header::route);
    const auto token_in = [&](std::string_view uri) {
        const auto parsed = UriView::parse(uri);
        return parsed && parsed->is_sip() ? tokens_.open(parsed->user, message.call_id()) : std::nullopt;
    };
    // §16.4: a strict router put our Record-Route into the Request-URI, and the target last into Route.
    if (const auto token = token_in(dialog.uri); token && !dialog.route.empty()) {
        dialog.names_us = true;
        dialog.token = token;
        dialog.uri = uri_in(dialog.route.back());
        dialog.route.pop_back();
    }
    while (!dialog.route.empty()) {
        const auto uri = UriView::parse(uri_in(dialog.route.front()));
        if (!uri || !uri->is_sip()) break;
        const auto token = token_in(uri->text);  // at any host: it may be our address on the other side
        if (!token && !own_.contain(uri->host, uri->port, flow)) break;
        dialog.names_us = true;
        // The first one is that of the side it comes from, the last of the side it goes to
        // (record_route.hpp).
        if (token) dialog.from = std::exchange(dialog.token, token);
        dialog.route.erase(dialog.route.begin());
    }
    if (message.to_tag().empty()) dialog.token.reset();  // it makes no dialog
    return dialog;
}

// The sender is the phone of a user of ours: it came from where that side of the dialog was met, or on a flow
// that is registered now.
bool Deliverer::from_our_side(const Dialog& dialog, const Flow& came_on, Time now) const {
    return dialog.from && dialog.from->ours &&
           (dialog.from->flow.remote.address == came_on.remote.address ||
            registrar_.registered_on(came_on, now));
}

// A token alone opens no way to third parties: whoever has been called once by us, or has called, could else
// send what it likes to whom it likes in our name, for as long as the key lives. So what it sends goes back
// to the host where the other side was met (not where a Contact said that it would be), and to its next hop,
// if that is elsewhere, only for our own users: they are authenticated, and responsible.
bool Deliverer::may_go(const Dialog& dialog, bool ours, const NextHop& hop) const {
    const auto& met = dialog.token->flow.remote.address;
    const auto& next = hop.endpoint.address;
    if (next == met) return true;
    if (!ours) return false;
    // A dialog with the open network leads nobody into ours, unless it may be followed there.
    return network_kind(next) == network_kind(met) ||
           (rules_.proxy.may_follow && rules_.proxy.may_follow(hop));
}

Deliverer::Onwards Deliverer::dialog_ways(const Dialog& dialog, const Flow& came_on, Time now) const {
    std::vector<Way> ways;
    const FlowToken& token = *dialog.token;
    const auto hop = next_hop(dialog.route.empty() ? dialog.uri : uri_in(dialog.route.front()));
    const bool ours = from_our_side(dialog, came_on, now);
    if (token.kind == FlowToken::Kind::flow) {
        ways.push_back({dialog.uri, dialog.route, token.flow, {}, true});
        // The phone may have come back on another flow since.
        const auto binding = token.ours ? registrar_.find_contact(dialog.uri, now) : std::nullopt;
        if (binding && binding->flow != token.flow)
            ways.push_back({dialog.uri, dialog.route, binding->flow, {}, true});
    } else if (!hop) {
        if (ours) return {{}, true};
        ways.push_back({dialog.uri, dialog.route, token.flow, {}, false});  // whom its neighbour may know
    }
    const bool same = hop && token.kind == FlowToken::Kind::flow && hop->transport == token.flow.transport &&
                      hop->endpoint == token.flow.remote && hop->transport == Transport::udp;
    if (hop && !same && may_go(dialog, ours, *hop))
        ways.push_back({dialog.uri, dialog.route, {}, hop, false});
    return {std::move(ways), false};
}

// A next hop that is a name.
void Deliverer::resolve(const Dialog& dialog, const Flow& flow, Resolved resolved) {
    const std::string text(dialog.route.empty() ? std::string_view(dialog.uri)
                                                : uri_in(dialog.route.front()));
    const auto uri = UriView::parse(text);
    if (!uri || !uri->is_sip()) return resolved({});
    RouteQuestion question;
    question.uri = text;
    question.user = unescape(uri->user);
    question.host = lowercase(uri->host);
    question.port = uri->port;
    if (const auto transport = uri->parameter("transport")) question.transport = lowercase(*transport);
    question.sips = uri->is_sips();
    question.from_own_user = true;  // the token proves that the dialog is
    question.flow = flow;
    router_.route(question, [resolved = std::move(resolved)](const RouteAnswer& answer) {
        std::vector<NextHop> hops;
        for (const RouteContact& contact : answer.contacts) {
            const auto hop = contact.hop ? contact.hop : next_hop(contact.uri);
            if (hop && hops.size() < max_ways) hops.push_back(*hop);
        }
        resolved(hops);
    });
}

std::optional<Answer> Deliverer::in_dialog(const Arrival& a, const Dialog& dialog, Time now) {
    auto onwards = dialog_ways(dialog, a.flow, now);
    if (onwards.ways.empty() && !onwards.to_resolve) return Answer{403, "Not Of This Dialog", {}};
    Job job;
    job.key = a.key;
    job.wire = a.message.wire();
    job.flow = a.flow;
    job.callees = {{std::move(onwards.ways), 1000}};
    job.relabel = marks_.find(a.message);
    if (!onwards.to_resolve) {
        start({std::move(job), false}, now);
        return std::nullopt;
    }
    auto shared = std::make_shared<Job>(std::move(job));
    resolve(dialog, a.flow, [self = std::weak_ptr(token_), shared, dialog](const auto& hops) {
        const auto alive = self.lock();
        if (!alive) return;
        for (const NextHop& hop : hops) {
            if ((*alive)->may_go(dialog, true, hop))
                shared->callees.front().ways.push_back({dialog.uri, dialog.route, {}, hop, false});
        }
        (*alive)->waiting_.push_back({std::move(*shared), false});
        if ((*alive)->on_waiting) (*alive)->on_waiting();
    });
    return std::nullopt;
}

void Deliverer::ack(const MessageView& ack, const Flow& flow, Time now) {
    const Dialog dialog = read_route(ack, flow);
    if (!dialog.token) return;
    const auto onwards = dialog_ways(dialog, flow, now);
    if (!onwards.ways.empty()) {
        // Nothing answers an ACK, so the first way that is still one has to do.
        for (const Way& way : onwards.ways) {
            if (proxy_.forward_ack(ack, flow, way, marks_.find(ack))) return;
        }
        return;
    }
    if (!onwards.to_resolve) return;
    resolve(dialog, flow,
            [self = std::weak_ptr(token_), wire = std::string(ack.wire()), flow, dialog](const auto& hops) {
                const auto alive = self.lock();
                const auto message = MessageView::parse(wire);
                if (!alive || !message) return;
                for (const NextHop& hop : hops) {
                    if (!(*alive)->may_go(dialog, true, hop)) continue;
                    const Way way{dialog.uri, dialog.route, {}, hop, false};
                    const auto relabel = (*alive)->marks_.find(*message);
                    if ((*alive)->proxy_.forward_ack(*message, flow, way, relabel)) return;
                }
            });
}

// --- our phones

std::vector<Way> Deliverer::ways_of(const Binding& binding) const {
    std::vector<Way> ways;
    std::vector<std::string> path;
    for (std::string_view rest = binding.path; !rest.empty();) {
        if (const auto value = next_value(rest); !value.empty()) path.emplace_back(value);
    }
    ways.push_back({binding.contact, path, binding.flow, {}, true, binding.reg_id != 0});
    // Its connection may be gone, and the phone still listen where it says.
    const auto hop = next_hop(binding.contact);
    if (path.empty() && hop && hop->transport != Transport::udp &&
        hop->endpoint.address == binding.flow.remote.address)
        ways.push_back({binding.contact, {}, {}, hop, true});
    return ways;
}

std::vector<Callee> Deliverer::phones_of(std::string_view user, Time now) const {
    std::vector<Callee> phones;
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
        auto& ways = phones[static_cast<std::size_t>(known - instances.begin())].ways;
        for (Way& way : ways_of(binding))
            ways.push_back(std::move(way));
    }
    return phones;
}

CalleeSigns Deliverer::callee_signs(std::string_view user, const Flow& caller, Time now) const {
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

// --- calls

bool Deliverer::follow_up(const Arrival& a, const std::string& user, Time now) {
    const auto given = given_.take(a.message.request_uri(), user, now);
    if (given) returning_.note(phone_name(user, a.message, a.flow));
    const std::string uri = given ? *given : RedirectTokens::without_mark(a.message.request_uri());
    Job job;
    const auto binding = registrar_.find_contact(uri, now);
    if (binding) {
        job.callees = {{ways_of(*binding), 1000}};
    } else if (const auto hop = next_hop(uri); hop && given) {
        job.callees = {{{{uri, {}, {}, hop, false}}, 1000}};
    } else {
        return false;
    }
    job.key = a.key;
    job.wire = a.message.wire();
    job.flow = a.flow;
    job.caller_is_phone = came_straight(a.message);
    job.caller_is_ours = true;
    job.follows_3xx = !binding;
    job.stays = read_route(a.message, a.flow).names_us;
    start({std::move(job), false}, now);
    return true;
}

Delivery Deliverer::wish(const std::string& caller, const std::string& callee) const {
    const auto of = [&](const std::string& user) {
        return rules_.of_user ? rules_.of_user(user) : Delivery::automatic;
    };
    if (!callee.empty() && of(callee) == Delivery::proxy) return Delivery::proxy;
    return of(caller.empty() ? callee : caller);
}

bool Deliverer::would_redirect(const std::string& user, const Binding& phone, const std::string& callee,
                               Time now) const {
    CallerSigns caller;
    caller.own_user = true;
    caller.browser = in_browser(phone.flow);
    caller.through_proxy = !phone.path.empty();
    caller.returns = returning_.contain(phone_name(user, phone.user_agent, phone.flow));
    caller.user_agent = phone.user_agent;
    const bool local = !callee.empty() && registrar_.any(callee, now);
    return redirects(wish(user, callee), caller,
                     local ? callee_signs(callee, phone.flow, now) : CalleeSigns{}, rules_.following);
}

std::optional<Answer> Deliverer::deliver(const Key& key, const PendingRoutes::Pending& pending,
                                         RouteAnswer route, Time seen, bool inside) {
    const auto request = MessageView::parse(pending.wire);
    if (!request) return Answer{500, {}, {}};  // it was parsed when it came
    // Without a phone here, what the router found of our user is elsewhere.
    const bool local = !pending.callee.empty() && registrar_.any(pending.callee, seen);
    CallerSigns caller;
    caller.invite = request->method() == Method::invite;
    caller.own_user = !pending.caller.empty();
    caller.browser = in_browser(pending.flow);
    caller.own_route = read_route(*request, pending.flow).names_us;
    caller.through_proxy = addresses_of(*request, Header::via).size() > 1;
    caller.marked = !pending.mark.empty();
    caller.returns = returning_.contain(phone_name(pending.caller, *request, pending.flow));
    caller.user_agent = request->header(Header::user_agent).value_or("");
    const CalleeSigns callee = local ? callee_signs(pending.callee, pending.flow, seen) : CalleeSigns{};
    if (redirects(wish(pending.caller, pending.callee), caller, callee, rules_.following)) {
        if (caller.own_user) {
            for (RouteContact& contact : route.contacts)
                contact.uri = given_.mark(contact.uri, pending.caller, seen);
        }
        return redirect_answer(route, request->request_uri(), pending.name);
    }
    if (proxy_.looped(*request)) return Answer{482, {}, {}};
    if (proxy_.full()) return Answer{503, {}, {{"Retry-After", "5"}}};
    Job job;
    if (local) {
        job.callees = phones_of(pending.callee, seen);
    } else {
        job.callees.emplace_back();
        std::stable_sort(route.contacts.begin(), route.contacts.end(),
                         [](const RouteContact& x, const RouteContact& y) {
                             if (x.q != y.q) return x.q > y.q;
                             return pinned(x) && !pinned(y);  // TLS to an edge that we know by its key
                         });
        for (const RouteContact& contact : route.contacts) {
            const auto hop = contact.hop ? contact.hop : next_hop(contact.uri);
            const std::string& uri = contact.asked.empty() ? contact.uri : contact.asked;
            auto& ways = job.callees.front().ways;
            if (hop && ways.size() < max_ways) ways.push_back({uri, {}, {}, hop, false});
        }
    }
    job.key = key;
    job.wire = pending.wire;
    job.flow = pending.flow;
    job.caller_is_phone = came_straight(*request) || came_from_edge(pending.flow);
    job.caller_is_ours = caller.own_user;
    job.follows_3xx = caller.own_user && !local;
    job.stays = caller.own_route || caller.marked;
    if (caller.marked) {
        job.relabel = relabelled(*request, pending.mark);
        marks_.remember(*request, *job.relabel);
    }
    if (inside) {
        start({std::move(job), pending.tried}, seen);
    } else {
        waiting_.push_back({std::move(job), pending.tried});
    }
    return std::nullopt;
}

void Deliverer::start(Waiting waiting, Time now) {
    const auto request = MessageView::parse(waiting.job.wire);
    if (request && request->method() == Method::invite && !waiting.tried)
        transactions_.provisional(waiting.job.key, ResponseBuilder(*request, waiting.job.flow, 100).finish());
    proxy_.start(std::move(waiting.job), now);
}

void Deliverer::start_waiting(Time now) {
    for (Waiting& waiting : std::exchange(waiting_, {}))
        start(std::move(waiting), now);
}

}  // namespace sip
