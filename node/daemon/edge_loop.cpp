// node/daemon/edge_loop.cpp - runs the edge.
#include "node/daemon/edge_loop.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/identity/identity_file.hpp"
#include "node/probe/edge_proof.hpp"
#include "node/routing/delivery_sentence.hpp"
#include "sip/edge/redirect_or_proxy.hpp"
#include "sip/network_kind.hpp"
#include "sip/relay_token.hpp"
#include "sip/transaction/keyed_hash.hpp"

namespace node {
namespace {

sip::EdgeConfig edge_config(const Config& config, const crypto::Identity& identity,
                            std::vector<sip::Endpoint> listening) {
    sip::EdgeConfig edge;
    edge.secret = crypto::random_array<32>();
    // One key as long as the identity lives, so that the dialogs of UDP phones outlive a restart.
    edge.flow_key = sip::derived_key<32>(identity.seed().view(), "hedgewitch/node/flow-key");
    edge.realm = config.sip.realm;
    edge.domains = config.sip.domains;
    edge.domains.push_back(own_host(identity));
    for (const auto& [domain, key] : config.pins) {
        if (key == identity.public_key()) edge.domains.push_back(domain);
    }
    edge.domains.emplace_back(sip::relayed_host);  // what callers through a relay say
    edge.listening = std::move(listening);
    edge.forwards = true;
    edge.delivery = config.sip.delivery;
    edge.require_tls = config.sip.require_tls;
    edge.follow_redirects = config.sip.follow_redirects;
    edge.judges_strangers = true;
    edge.source_requests = static_cast<double>(config.sip.source_requests);
    edge.rings = config.sip.rings;
    edge.legacy_digest = config.sip.legacy_digest;
    return edge;
}

}  // namespace

EdgeLoop::EdgeLoop(asio::io_context& loop, Parts parts, sip::Output& output,
                   std::vector<sip::Endpoint> listening)
    : parts_(std::move(parts)),
      edge_(edge_config(parts_.config, parts_.identity, std::move(listening)), parts_.tables.users,
            parts_.tables.bindings, static_cast<sip::EdgeHost&>(*this), output, now()),
      pings_(loop, output),
      timer_(loop,
             [this] {
                 edge_.on_time(now());
                 settle();
             }),
      write_timer_(loop),
      farewell_timer_(loop) {
    // What has gone silent on both sides has ended somewhere where nobody could say so.
    if (parts_.media != nullptr) {
        parts_.media->on_moved(alive_.guard([this](const sip::MediaMove& move) {
            edge_.doors_moved(move, now());
            settle();
        }));
        parts_.media->on_silent(alive_.guard([this](const std::string& call_id) {
            (void)edge_.end_dialog(call_id, {408, "Nobody was heard for a minute"}, now());
            settle();
        }));
    }
    try {
        edge_.remember(parts_.tables.homes.all(now().wall), now());
    } catch (const DatabaseError& e) {  // their phones can wait for tokens
        spdlog::error("where phones have logged in could not be read: {}", e.what());
    }
}

EdgeLoop::~EdgeLoop() {
    parts_.tables.bindings.write_waiting();
}

void EdgeLoop::keep_waiting_bindings() {
    if (writes_again_ || parts_.tables.bindings.waiting() == 0) return;
    writes_again_ = true;
    write_timer_.expires_after(std::chrono::seconds(1));
    write_timer_.async_wait(alive_.guard([this](asio::error_code cancelled) {
        if (cancelled) return;
        writes_again_ = false;
        parts_.tables.bindings.write_waiting();
        keep_waiting_bindings();
    }));
}

void EdgeLoop::receive(const sip::Flow& flow, std::string_view message) {
    if (pings_.received(flow, message)) return;
    edge_.receive(flow, message, now());
    settle();
}

void EdgeLoop::broken_stream(const sip::Flow& flow, std::string_view header, std::error_code why) {
    edge_.broken_stream(flow, header, why, now());
    settle();
}

void EdgeLoop::flow_failed(const sip::Flow& flow) {
    pings_.flow_failed(flow);
    edge_.flow_failed(flow, now());
    settle();
}

namespace {

/// No user can have that name. Whoever guesses has an address of his own: it is TCP.
sip::Guess page_guess(const sip::Flow& flow) {
    return {flow, "(page)", true};
}

sip::Flow page_flow(const asio::ip::address& peer) {
    sip::Flow flow;
    flow.transport = sip::Transport::wss;
    flow.remote.address = peer;
    return flow;
}

}  // namespace

bool EdgeLoop::may_look_at_page_password(const asio::ip::address& peer) {
    const auto flow = page_flow(peer);
    return edge_.may_look(page_guess(flow), now());
}

void EdgeLoop::page_password_was_wrong(const asio::ip::address& peer) {
    const auto flow = page_flow(peer);
    edge_.was_wrong(page_guess(flow), now());
}

bool EdgeLoop::admits(const sip::Flow& flow) {
    return edge_.admits(flow, now());
}

void EdgeLoop::users_changed() {
    edge_.users_changed(now());
    settle();
}

void EdgeLoop::settle() {
    while (!answers_.empty()) {
        for (auto& [id, answer] : std::exchange(answers_, {}))
            edge_.answered(id, std::move(answer), now());
    }
    keep_waiting_bindings();
    keep_last_words();
    timer_.set(edge_.next_wake());
    if (left_ && edge_.has_left()) std::exchange(left_, {})();
}

// --- calls that do not outlive the node

void EdgeLoop::keep_last_words() {
    auto changes = edge_.take_last_words();
    if (changes.written.empty() && changes.done.empty()) return;
    for (sip::LastWord& word : changes.written) {
        word.through = parts_.host.relay_token(word.flow);
        if (!word.through.empty()) word.listens = word.flow.remote;  // the relay does
    }
    try {
        parts_.tables.last_words.write(changes, now().wall);
    } catch (const DatabaseError& e) {
        parts_.tables.database.write_failed("what ends calls after a restart", e);
    }
}

void EdgeLoop::say_last_words_of_before() {
    try {
        const auto words = parts_.tables.last_words.all(now().wall);
        if (words.empty()) return;
        spdlog::info("calls whose sound went through this node when it ended are hung up: {}",
                     (words.size() + 1) / 2);
        edge_.say_last_words(words, now());
    } catch (const DatabaseError& e) {
        spdlog::error("which calls the last run has left over could not be read: {}", e.what());
    }
    settle();
}

void EdgeLoop::leave(std::function<void()> done) {
    edge_.leave(now());
    left_ = std::move(done);
    farewell_timer_.expires_after(farewell);
    farewell_timer_.async_wait(alive_.guard([this](asio::error_code cancelled) {
        if (!cancelled && left_) std::exchange(left_, {})();
    }));
    settle();
}

// The answer is handed in when it is known, too, at which addresses the call's doors can be met.
void EdgeLoop::ask(const sip::RouteId& id, const sip::RouteQuestion& question) {
    struct Waiting {
        bool doors = false;
        std::optional<sip::RouteAnswer> answer;
    };
    asking_ = true;
    const auto waiting = std::make_shared<Waiting>();
    const auto known = [this, id, waiting] {
        if (!waiting->doors || !waiting->answer) return;
        answers_.emplace_back(id, std::move(*waiting->answer));
        waiting->answer.reset();
        if (!asking_) settle();  // else the edge is on the stack, and it is done afterwards
    };
    const auto doors_known = alive_.guard([waiting, known] {
        waiting->doors = true;
        known();
    });
    const auto found = alive_.guard([waiting, known](sip::RouteAnswer answer) {
        waiting->answer = std::move(answer);
        known();
    });
    waiting->doors = parts_.media == nullptr;
    auto put = question;
    put.again = led_nowhere_.erase(question.uri);
    auto own = parts_.media != nullptr ? parts_.media->service(question) : std::nullopt;
    if (parts_.media != nullptr) parts_.media->prepare(doors_known);
    if (own) {
        waiting->answer = std::move(*own);
        known();
    } else {
        parts_.routes.route(put, found);
    }
    asking_ = false;
}

sip::MediaPath* EdgeLoop::media() {
    return parts_.media == nullptr ? nullptr : &parts_.media->path();
}

sip::Endpoint EdgeLoop::own_address(const sip::Flow& flow) const {
    return parts_.own.seen_from(flow);
}

bool EdgeLoop::leads_here(const asio::ip::address& address, std::optional<std::uint16_t> port) const {
    return parts_.own.leads_here(address, port);
}

bool EdgeLoop::may_call(const sip::NextHop& hop) const {
    return parts_.own.why_not({to_overlay(hop.transport), hop.endpoint.address, hop.endpoint.port}).empty();
}

void EdgeLoop::ask_anew(std::string_view request_uri) {
    constexpr std::size_t longest = 512;  // what is longer names nobody
    if (request_uri.size() <= longest) led_nowhere_.put(std::string(request_uri), {});
}

EdgeLoop::Fields EdgeLoop::prove(std::string_view host, std::string_view challenge) const {
    const auto proof = make_proof(parts_.identity, host, challenge, [this](const sip::Endpoint& at) {
        return parts_.own.leads_here(at.address, at.port);
    });
    if (!proof) return {};
    return {{std::string(key_header), *proof}};
}

sip::InboundVerdict EdgeLoop::judge(const sip::InboundCall& call, sip::Now now) {
    return parts_.inbound.judge(call, now);
}

void EdgeLoop::login_failed(std::string_view user, const sip::Flow& flow, sip::LoginFault fault,
                            sip::Now now) {
    const auto is_user = [this](const std::string& label) {
        return parts_.tables.users.find(label) != nullptr;
    };
    if (const auto line = login_faults_.note(user, flow, fault, is_user, now)) spdlog::warn("{}", *line);
}

std::vector<LoginFailure> EdgeLoop::login_failures() const {
    return login_faults_.latest(now(), [this](const std::string& label, const asio::ip::address& address) {
        const auto phones = edge_.bindings(label, now());
        return std::any_of(phones.begin(), phones.end(),
                           [&](const sip::Binding& phone) { return phone.flow.remote.address == address; });
    });
}

void EdgeLoop::home_seen(const sip::Home& home) {
    try {
        parts_.tables.homes.put(home);
    } catch (const DatabaseError& e) {
        parts_.tables.database.write_failed("where " + home.account + " has logged in", e);
    }
}

std::string EdgeLoop::full_name(std::string_view label) const {
    const std::string name(label);
    if (parts_.tables.users.find(name) != nullptr) {
        // At an owner's second node, in the owner's name.
        crypto::PublicKey owner = parts_.identity.public_key();
        for (const auto& certified : parts_.tables.certificates.all()) {
            if (certified.name.label == name) owner = certified.name.owner;
        }
        return "sip:" + name + "@" + crypto::encode_name(owner) + ".hedge.alt";
    }
    const Contact* contact = parts_.tables.contacts.find_name(name);
    if (contact == nullptr) contact = parts_.tables.contacts.find_number(name);
    return contact == nullptr ? std::string() : contact->uri;
}

void EdgeLoop::bindings_changed(const std::string& user) {
    parts_.host.phones_changed(user);
}

std::string EdgeLoop::user_at(const std::string& contact) const {
    for (const auto& row : parts_.tables.users.all()) {
        for (const auto& binding : edge_.bindings(row.label, now())) {
            if (binding.contact == contact) return row.label;
        }
    }
    return {};
}

std::vector<PingWay> EdgeLoop::ways(const Trace& trace) const {
    return ways_of(trace, [this](const sip::Endpoint& at) { return parts_.routes.is_beside(at); });
}

Speaks EdgeLoop::speaks() const {
    return [this](const asio::ip::address& address) { return parts_.own.speaks(address); };
}

std::string EdgeLoop::goes(const Trace& trace) const {
    return way_sentence(trace, ways(trace), speaks());
}

namespace {

/// As its SDP will have it: behind a router of its own a phone names its address inside, where many register
/// it too.
sip::Flow as_it_says(const sip::Binding& phone) {
    sip::Flow flow = phone.flow;
    const auto contact = sip::next_hop(phone.contact);
    if (contact && sip::network_kind(contact->endpoint.address) == sip::NetworkKind::inside)
        flow.remote.address = contact->endpoint.address;
    return flow;
}

}  // namespace

std::vector<DeliveryReport> EdgeLoop::deliveries(const std::string& user, const Trace& trace) const {
    std::vector<DeliveryReport> all;
    if (trace.answer.status != 302 || trace.answer.contacts.empty()) return all;
    const auto& first = trace.answer.contacts.front();
    const bool relayed = first.hop && !first.hop->peer.through.empty();
    const std::string contact = first.uri;
    // Passed on, it goes where a 302 would not lead to.
    auto hop = first.hop ? first.hop : sip::next_hop(first.uri);
    const auto all_ways = ways(trace);
    if (const auto* way = first_way(all_ways, speaks())) hop = way->hop;
    const std::string callee = user_at(contact);
    for (const auto& binding : edge_.bindings(user, now())) {
        const std::string agent = binding.user_agent.empty() ? "an unnamed phone" : binding.user_agent;
        Passage passage = Passage::proxied;
        const bool heard = parts_.media != nullptr && hop;
        const bool needs_us = heard && parts_.media->needs_us(as_it_says(binding), *hop);
        if (!relayed && !needs_us && edge_.would_redirect(user, binding, callee, trace.answer, now())) {
            const bool known = sip::follows(binding.user_agent, parts_.config.sip.follow_redirects);
            passage = known ? Passage::followed : Passage::redirected;
        }
        auto says = delivery_sentence(passage, contact);
        if (heard) says += " " + parts_.media->sentence(as_it_says(binding), *hop);
        all.push_back({fmt::format("{}'s {}", user, agent), std::move(says)});
    }
    return all;
}

}  // namespace node
