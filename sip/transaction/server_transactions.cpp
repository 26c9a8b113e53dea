// sip/transaction/server_transactions.cpp - server transactions (RFC 3261 §17.2 as corrected by RFC 6026).
#include "sip/transaction/server_transactions.hpp"

#include <sodium.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "sip/syntax/uri.hpp"
#include "sip/transaction/keyed_hash.hpp"
#include "sip/transaction/reply_flow.hpp"
#include "sip/transaction/timers.hpp"

namespace sip {

namespace {

constexpr std::string_view magic_cookie = "z9hG4bK";

// A 200 with SDP and the Record-Routes of two nodes. While there is no room for it no 100 is said either: so
// the caller goes on to repeat his INVITE, and each time brings room for three times its bytes.
constexpr std::size_t kept_for_final = 1'200;

bool stream(const Flow& flow) {
    return flow.transport != Transport::udp;
}

// Whether the branch is of RFC 3261. Nothing after the cookie is no branch at all (RFC 4475 §3.2.1), so such
// a request is matched as RFC 2543 did.
bool has_cookie(std::string_view branch) {
    return branch.size() > magic_cookie.size() &&
           equal_nocase(branch.substr(0, magic_cookie.size()), magic_cookie);
}

}  // namespace

std::size_t ServerTransactions::KeyHash::operator()(const Key& key) const noexcept {
    std::size_t value = 0;  // the key is a keyed hash already
    std::memcpy(&value, key.bytes.data(), sizeof value);
    return value;
}

ServerTransactions::ServerTransactions(const std::array<std::uint8_t, 32>& secret, Limits limits,
                                       Output& output)
    : key_(derived_key<16>(secret, "hedgewitch/sip/transaction")), limits_(limits), output_(output) {
    // A new request finds its bucket empty, mostly, and so no cold entry of another is looked at: 8 bytes a
    // bucket, 32 a transaction.
    transactions_.max_load_factor(0.25F);
}

ServerTransactions::Key ServerTransactions::hash(const MessageView& request, const Flow& flow,
                                                 std::string_view method, std::string_view to_tag) const {
    KeyedHash key;
    const auto& source = flow.remote.address;
    key.add(source.is_v4() ? host_text(source) : source.to_string()).add(method);
    const auto via = request.top_via();
    const std::string_view branch = via ? via->branch() : std::string_view{};
    if (has_cookie(branch)) {
        key.add("3261").add(branch).add(lowercase(via->host)).add(std::to_string(via->port.value_or(5060)));
    } else {
        const auto cseq = request.cseq();
        key.add("2543").add(request.request_uri()).add(request.call_id()).add(request.from_tag()).add(to_tag);
        key.add(cseq ? std::to_string(cseq->number) : std::string{});
        // Such a client may give the Via back as our answer had it, with received= and rport= in it.
        if (via) {
            key.add(lowercase(via->host)).add(std::to_string(via->port.value_or(5060))).add(branch);
        } else {
            key.add(request.header(Header::via).value_or(""));
        }
    }
    return {key.wide(key_)};
}

ServerTransactions::Key ServerTransactions::key_of(const MessageView& request, const Flow& flow) const {
    return hash(request, flow, request.method_text(), request.to_tag());
}

ServerTransactions::Key ServerTransactions::key_of_cancelled(const MessageView& cancel,
                                                             const Flow& flow) const {
    return hash(cancel, flow, name(Method::invite), cancel.to_tag());
}

std::string ServerTransactions::tag_of(const Key& key) const {
    std::array<std::uint8_t, crypto_shorthash_BYTES> tag{};
    crypto_shorthash(tag.data(), key.bytes.data(), key.bytes.size(), key_.data());
    std::array<char, 2 * crypto_shorthash_BYTES + 1> hex{};
    return sodium_bin2hex(hex.data(), hex.size(), tag.data(), tag.size());
}

bool ServerTransactions::absorb(const Key& key, const MessageView& request, const Flow& flow) {
    const auto it = transactions_.find(key);
    if (it == transactions_.end()) return false;
    Transaction& t = it->second;
    t.allowance += amplification * request.wire().size();
    // RFC 6026 §7.1: in Accepted (and §17.2.1: in Confirmed) a retransmitted INVITE is only absorbed.
    const bool answer = t.state == State::proceeding || t.state == State::completed;
    const std::size_t reserve = t.state == State::proceeding ? kept_for_final : 0;
    if (answer && !t.answer.empty()) send(t, reply_flow(request, flow), t.answer, reserve);
    return true;
}

bool ServerTransactions::acknowledge(const MessageView& ack, const Flow& flow, Time now) {
    // §17.2.3: the ACK of an RFC 2543 client carries the To tag of our answer; its INVITE had none.
    const auto via = ack.top_via();
    const bool old_client = !via || !has_cookie(via->branch());
    auto it = transactions_.find(hash(ack, flow, name(Method::invite), {}));
    if (it == transactions_.end() && old_client)
        it = transactions_.find(hash(ack, flow, name(Method::invite), ack.to_tag()));
    if (it == transactions_.end() || !it->second.invite) return false;
    if (old_client && !ack.to_tag().empty() && ack.to_tag() != tag_of(it->first)) return false;
    Transaction& t = it->second;
    if (t.state != State::completed) return t.state == State::confirmed;  // of a 2xx: the callee's
    if (stream(t.reply)) {                                                // timer I is zero on streams
        erase(it);
        return true;
    }
    t.state = State::confirmed;
    t.resend.reset();
    t.end = now + timers::t4;
    place(it->first, t, settled);
    schedule(it->first, t);
    return true;
}

bool ServerTransactions::open(const Key& key, const MessageView& request, const Flow& flow) {
    assert(!known(key));
    while (transactions_.size() >= limits_.transactions) {
        if (!displace_one()) return false;
    }
    Transaction t;
    t.invite = request.method() == Method::invite;
    t.reply = reply_flow(request, flow);
    t.allowance = amplification * request.wire().size();
    transactions_.emplace(key, std::move(t));
    return true;
}

bool ServerTransactions::send(Transaction& t, const Flow& flow, const std::string& bytes,
                              std::size_t reserve) {
    if (!stream(flow) && !t.proven) {
        if (bytes.size() + reserve > t.allowance) {
            ++withheld_;
            return false;
        }
        t.allowance -= bytes.size();
    }
    output_.send(flow, bytes);
    return true;
}

void ServerTransactions::prove(const Key& key) {
    const auto it = transactions_.find(key);
    if (it != transactions_.end()) it->second.proven = true;
}

bool ServerTransactions::proven(const Key& key) const {
    const auto it = transactions_.find(key);
    return it != transactions_.end() && it->second.proven;
}

void ServerTransactions::keep(Transaction& t, std::string bytes) {
    bytes_ += bytes.size();
    bytes_ -= t.answer.size();
    t.answer = std::move(bytes);
}

void ServerTransactions::provisional(const Key& key, std::string bytes) {
    const auto it = transactions_.find(key);
    if (it == transactions_.end() || it->second.state != State::proceeding) return;
    Transaction& t = it->second;
    send(t, t.reply, bytes, kept_for_final);
    keep(it->second, std::move(bytes));
}

bool ServerTransactions::final(const Key& key, int status, std::string bytes, Resend resend, Time now) {
    const auto it = transactions_.find(key);
    if (it == transactions_.end()) return false;
    Transaction& t = it->second;
    // RFC 6026 §7.1: a proxy passes on every 2xx, of the same branch or another.
    if (t.state == State::accepted && status / 100 == 2) send(t, t.reply, bytes);
    if (t.state != State::proceeding) return false;
    const bool unreached = status == 408 || status == 430 || status == 480 || status / 100 == 5;
    const bool sent_elsewhere = status / 100 == 3;  // which may lead here again
    if (t.rings && !unreached && !sent_elsewhere) rang_.put(*t.rings, key);
    send(t, t.reply, bytes);
    if (!t.invite && stream(t.reply)) {  // timer J is zero on streams
        erase(it);
        return true;
    }
    keep(t, std::move(bytes));
    t.state = t.invite && status < 300 ? State::accepted : State::completed;
    t.resends = t.state == State::completed && t.invite && !stream(t.reply) && resend == Resend::until_ack;
    const bool asked = status == 401 || status == 407;
    place(key, t, asked ? challenged : t.invite ? unacknowledged : settled);
    start_timers(key, t, now);
    while (bytes_ > limits_.bytes && displace_one()) {
    }
    return true;
}

ServerTransactions::Key ServerTransactions::same_by_any_way(const MessageView& request,
                                                            std::string_view user) const {
    KeyedHash key;
    const auto cseq = request.cseq();
    if (!user.empty()) key.add(user);
    key.add("merged").add(request.call_id()).add(request.from_tag()).add(request.method_text());
    key.add(cseq ? std::to_string(cseq->number) : std::string{});
    return {key.wide(key_)};
}

bool ServerTransactions::merged(const Key& key, const MessageView& request) const {
    if (!request.to_tag().empty()) return false;
    const auto first = served_.find(same_by_any_way(request));
    return first != served_.end() && first->second != key;
}

void ServerTransactions::serve(const Key& key, const MessageView& request) {
    const auto it = transactions_.find(key);
    if (it == transactions_.end() || it->second.served || !request.to_tag().empty()) return;
    const Key same = same_by_any_way(request);
    if (served_.emplace(same, key).second) it->second.served = same;
}

void ServerTransactions::rings(const Key& key, const MessageView& invite, std::string_view user) {
    const auto it = transactions_.find(key);
    if (it != transactions_.end()) it->second.rings = same_by_any_way(invite, user);
}

bool ServerTransactions::rang(const Key& key, const MessageView& invite, std::string_view user) const {
    const Key* const first = rang_.find(same_by_any_way(invite, user));
    return first != nullptr && *first != key;
}

void ServerTransactions::forget(const Key& key) {
    const auto it = transactions_.find(key);
    if (it != transactions_.end() && it->second.state == State::proceeding) erase(it);
}

void ServerTransactions::start_timers(const Key& key, Transaction& t, Time now) {
    t.end = now + timers::timeout;  // timers H, J and L
    if (t.resends) {
        t.interval = timers::t1;
        t.resend = now + t.interval;
    }
    schedule(key, t);
}

void ServerTransactions::place(const Key& key, Transaction& t, Room room) {
    if (t.place) displaceable_[t.room].erase(*t.place);
    t.room = room;
    t.place = displaceable_[room].insert(displaceable_[room].end(), key);
}

bool ServerTransactions::displace_one() {
    for (auto& room : displaceable_) {
        if (room.empty()) continue;
        erase(transactions_.find(room.front()));
        return true;
    }
    return false;
}

void ServerTransactions::schedule(const Key& key, Transaction& t) {
    const auto next = t.resend && (!t.end || *t.resend < *t.end) ? t.resend : t.end;
    if (next)
        wakes_.set(t.wake, key, *next);
    else
        t.wake.cancel();
}

void ServerTransactions::erase(Map::iterator it) {
    Transaction& t = it->second;
    if (t.place) displaceable_[t.room].erase(*t.place);
    if (t.served) served_.erase(*t.served);
    bytes_ -= t.answer.size();
    transactions_.erase(it);
}

void ServerTransactions::on_time(Time now) {
    while (const Key* const due = wakes_.due(now)) {
        const auto it = transactions_.find(*due);
        Transaction& t = it->second;
        if (t.end && *t.end <= now) {
            erase(it);
            continue;
        }
        send(t, t.reply, t.answer);
        t.interval = std::min(2 * t.interval, timers::t2);  // §17.2.1: timer G
        t.resend = now + t.interval;
        schedule(it->first, t);
    }
}

}  // namespace sip
