// sip/transaction/client_transactions.cpp - client transactions (RFC 3261 §17.1 as corrected by RFC 6026).
#include "sip/transaction/client_transactions.hpp"

#include <algorithm>
#include <cassert>

#include "sip/syntax/builder.hpp"
#include "sip/transaction/timers.hpp"

namespace sip {

namespace {

constexpr std::string_view cancel_suffix = " CANCEL";

bool stream(const Flow& flow) {
    return flow.transport != Transport::udp;
}

/// What an INVITE that we wrote ourselves says, read off its lines: each of these stands in it.
struct InviteLines {
    explicit InviteLines(std::string_view invite) {
        const std::size_t before_uri = invite.find(' ') + 1;
        uri = invite.substr(before_uri, invite.find(' ', before_uri) - before_uri);
        invite.remove_prefix(invite.find('\n') + 1);
        HeaderField field;
        for (std::string_view oddity; next_field(invite, field, oddity);) {
            if (field.id == Header::via && via.empty())
                via = field.value;  // ours stands in a field of its own
            if (field.id == Header::route) routes.push_back(field.value);
            if (field.id == Header::from) from = field.value;
            if (field.id == Header::to) to = field.value;
            if (field.id == Header::call_id) call_id = field.value;
            if (field.id == Header::cseq) cseq = field.value.substr(0, field.value.find_first_of(" \t"));
        }
    }
    std::string_view uri, via, from, to, call_id, cseq;
    std::vector<std::string_view> routes;
};

// §17.1.1.3 and §9.1: the ACK to an error and the CANCEL are the INVITE again, with one Via and no body. The
// ACK's To is the answer's.
std::string after_invite(const InviteLines& invite, Method method, std::string_view to,
                         std::string_view reason = {}) {
    RequestBuilder request(method, invite.uri);
    request.add(Header::via, invite.via);
    request.add(Header::max_forwards, "70");
    for (const std::string_view route : invite.routes)
        request.add(Header::route, route);
    request.add(Header::from, invite.from);
    request.add(Header::to, to);
    request.add(Header::call_id, invite.call_id);
    request.add(Header::cseq, std::string(invite.cseq) + " " + std::string(name(method)));
    if (!reason.empty()) request.add(Header::reason, reason);
    return request.finish();
}

}  // namespace

void ClientTransactions::keep(Transaction& t, std::string bytes) {
    bytes_ += bytes.size();
    bytes_ -= t.bytes.size();
    t.bytes = std::move(bytes);
}

ClientTransactions::Transaction& ClientTransactions::add(std::string key, Transaction t, Time now) {
    t.end = now + timers::timeout;  // timers B and F
    if (!stream(t.flow)) {          // timers A and E
        t.interval = timers::t1;
        t.resend = now + t.interval;
    }
    bytes_ += t.bytes.size();
    output_.send(t.flow, t.bytes);
    on_flows_.emplace(t.flow, key);
    const auto [it, is_new] = transactions_.emplace(std::move(key), std::move(t));
    assert(is_new);
    schedule(it->first, it->second);
    return it->second;
}

void ClientTransactions::start(const std::string& branch, const Flow& flow, Method method,
                               std::string request, Time now) {
    Transaction t;
    t.invite = method == Method::invite;
    t.flow = flow;
    t.branch = branch;
    t.bytes = std::move(request);
    add(branch, std::move(t), now);
}

void ClientTransactions::cancel(const std::string& branch, std::string_view reason, Time now) {
    const auto it = transactions_.find(branch);
    if (it == transactions_.end() || !it->second.invite || it->second.state != State::proceeding) return;
    std::string key = branch + std::string(cancel_suffix);
    if (transactions_.contains(key)) return;
    const InviteLines invite(it->second.bytes);
    Transaction t;
    t.cancel = true;
    t.flow = it->second.flow;
    t.branch = branch;
    t.bytes = after_invite(invite, Method::cancel, invite.to, reason);
    add(std::move(key), std::move(t), now);
}

void ClientTransactions::forget(const std::string& branch) {
    if (const auto it = transactions_.find(branch); it != transactions_.end()) erase(it);
}

ClientTransactions::Outcome ClientTransactions::receive(const MessageView& response, Time now) {
    const auto via = response.top_via();
    if (!via) return Outcome::stray;
    const bool cancel = response.method() == Method::cancel;
    const auto it = transactions_.find(std::string(via->branch()) + std::string(cancel ? cancel_suffix : ""));
    if (it == transactions_.end()) return Outcome::stray;
    const bool of_invite = response.method() == Method::invite;
    if (it->second.invite != of_invite) return Outcome::stray;
    return of_invite ? invite_answered(it, response, now) : other_answered(it, response, now);
}

ClientTransactions::Outcome ClientTransactions::invite_answered(Map::iterator it, const MessageView& response,
                                                                Time now) {
    Transaction& t = it->second;
    const int status = response.status();
    switch (t.state) {
        case State::calling:
        case State::proceeding: break;
        case State::completed:
            if (status >= 300) output_.send(t.flow, t.bytes);  // our ACK was lost
            return Outcome::absorbed;
        case State::accepted: return status / 100 == 2 ? Outcome::news : Outcome::absorbed;
    }
    t.resend.reset();
    if (status < 200) {
        t.state = State::proceeding;
        t.end.reset();  // from here on the proxy's timer C counts (§16.6 step 11)
        schedule(it->first, t);
        return Outcome::news;
    }
    answered(it->first, t);
    if (status < 300) {
        t.state = State::accepted;
        keep(t, {});
        finish_at(it, now + timers::timeout);  // RFC 6026 §8.4: timer M
        return Outcome::news;
    }
    t.state = State::completed;
    keep(t, after_invite(InviteLines(t.bytes), Method::ack, response.header(Header::to).value_or("")));
    output_.send(t.flow, t.bytes);
    finish_at(it, stream(t.flow) ? now : now + timers::timeout);  // timer D
    return Outcome::news;
}

ClientTransactions::Outcome ClientTransactions::other_answered(Map::iterator it, const MessageView& response,
                                                               Time now) {
    Transaction& t = it->second;
    const Outcome outcome = t.cancel ? Outcome::absorbed : Outcome::news;
    if (t.state == State::completed) return Outcome::absorbed;
    if (response.status() < 200) {
        t.state = State::proceeding;
        t.interval = timers::t2;  // §17.1.2.2: timer E goes on, at T2
        if (t.resend) t.resend = std::max(*t.resend, now + timers::t2);
        schedule(it->first, t);
        return outcome;
    }
    answered(it->first, t);
    t.state = State::completed;
    t.resend.reset();
    keep(t, {});
    finish_at(it, stream(t.flow) ? now : now + timers::t4);  // timer K
    return outcome;
}

void ClientTransactions::finish_at(Map::iterator it, Time end) {
    it->second.end = end;
    schedule(it->first, it->second);
}

void ClientTransactions::schedule(const std::string& key, Transaction& t) {
    const auto next = t.resend && (!t.end || *t.resend < *t.end) ? t.resend : t.end;
    if (next)
        wakes_.set(t.wake, key, *next);
    else
        t.wake.cancel();
}

void ClientTransactions::erase(Map::iterator it) {
    answered(it->first, it->second);
    bytes_ -= it->second.bytes.size();
    transactions_.erase(it);
}

std::vector<ClientTransactions::Event> ClientTransactions::fail(const Flow& flow) {
    std::vector<Event> events;
    for (auto at = on_flows_.lower_bound({flow, {}}); at != on_flows_.end() && at->first == flow;) {
        const auto it = transactions_.find(at->second);
        ++at;  // erase() takes it out
        // Over UDP anybody may say so (ICMP); whoever was heard is there, whatever is said.
        if (!stream(flow) && it->second.state != State::calling) continue;
        if (!it->second.cancel) events.push_back({Event::Kind::no_way, it->second.branch});
        erase(it);
    }
    return events;
}

std::vector<ClientTransactions::Event> ClientTransactions::on_time(Time now) {
    std::vector<Event> events;
    while (const std::string* const due = wakes_.due(now)) {
        const auto it = transactions_.find(*due);
        Transaction& t = it->second;
        if (t.end && *t.end <= now) {
            const bool waits = t.state == State::calling || t.state == State::proceeding;
            if (!t.cancel) events.push_back({waits ? Event::Kind::timeout : Event::Kind::finished, t.branch});
            erase(it);
            continue;
        }
        output_.send(t.flow, t.bytes);
        // §17.1.1.2: timer A doubles, unbounded; E (and a CANCEL's) stops at T2.
        t.interval = t.invite ? 2 * t.interval : std::min(2 * t.interval, timers::t2);
        t.resend = now + t.interval;
        schedule(it->first, t);
    }
    return events;
}

}  // namespace sip
