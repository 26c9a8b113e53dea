// sip/edge/last_words.cpp - what is written of each call, and how it is said.
#include "sip/edge/last_words.hpp"

#include <algorithm>
#include <utility>

#include "sip/proxy/dialog_request.hpp"
#include "sip/syntax/next_hop.hpp"

namespace sip {

namespace {

constexpr std::uint32_t far_above = 1000;  // re-INVITEs and refreshes of hours
constexpr std::string_view why = "SIP;cause=503;text=\"The node that carried the sound was stopped\"";

bool is_stream(const Flow& flow) {
    return flow.transport != Transport::udp;
}

}  // namespace

LastWords::LastWords(const std::array<std::uint8_t, 32>& secret, const Dialogs& dialogs,
                     const Registrar& registrar, ProxyHost& host, Output& output)
    : key_(derived_key<16>(secret, "hedgewitch/sip/last-words")),
      dialogs_(dialogs),
      registrar_(registrar),
      host_(host),
      output_(output),
      clients_({max_words, std::size_t{4} * 1024 * 1024}, output) {}

// --- what is written

LastWords::Changes LastWords::take_changes() {
    Changes all;
    all.done = std::exchange(done_, {});
    if (leaves_ || std::exchange(changes_, dialogs_.changes()) == dialogs_.changes()) return all;
    MediaPath* const media = host_.media();
    if (media == nullptr) return all;
    std::map<LastWord::Id, LastWord> now;
    for (const auto& [call_id, caller_tag] : media->through_us()) {
        for (const auto& call : dialogs_.calls_of(call_id, caller_tag)) {
            for (const Side side : {Side::caller, Side::callee}) {
                if (auto word = word_to(side, call)) now.emplace(word->id, std::move(*word));
            }
        }
    }
    for (const auto& [id, word] : written_) {
        if (!now.contains(id)) all.done.push_back(id);
    }
    for (const auto& [id, word] : now) {
        const auto before = written_.find(id);
        if (before == written_.end() || before->second != word) all.written.push_back(word);
    }
    written_ = std::move(now);
    return all;
}

std::optional<LastWord> LastWords::word_to(Side side, const Dialogs::CallId& id) const {
    const auto [dialog, answerer] = dialogs_.find_call(id);
    if (dialog == nullptr) return std::nullopt;
    const DialogEnd& end = side == Side::caller ? dialog->caller : answerer->end;
    if (end.target.empty()) return std::nullopt;  // it was too long to be kept
    LastWord word;
    word.id = {id, side};
    word.flow = end.at.flow;
    if (const auto peer = output_.peer(end.at.flow)) word.peer = peer->key_hash;
    word.listens = where_it_listens(side, end);
    if (end.at.ours) word.user = dialog->user(side);
    word.contact = end.target;
    word.text = bye_to(side, id.call_id, *dialog, *answerer, end.at.flow, "z9hG4bK", why, far_above);
    return word;
}

/// A phone where it says, if that is on its own machine; a node where we had connected to it, else where its
/// Record-Route says.
std::optional<Endpoint> LastWords::where_it_listens(Side side, const DialogEnd& end) const {
    const Flow& flow = end.at.flow;
    if (!is_stream(flow)) return std::nullopt;
    const bool phone = end.at.ours && end.at.kind == FlowToken::Kind::flow;
    if (!phone && side == Side::callee)
        return end.at.kind == FlowToken::Kind::hop ? std::optional(flow.remote) : std::nullopt;
    const auto hop = next_hop(end.route.empty() ? end.target : uri_in(end.route.front()));
    if (!hop) return std::nullopt;
    // What was too large for a datagram went to a phone's UDP port by TCP (§18.1.1).
    if (phone && hop->endpoint == flow.remote) return flow.remote;
    if (hop->transport != flow.transport) return std::nullopt;
    const bool may = phone ? hop->endpoint.address == flow.remote.address : host_.may_call(*hop);
    return may ? std::optional(hop->endpoint) : std::nullopt;
}

// --- what is said

void LastWords::say(const std::vector<LastWord>& words, Time now) {
    for (const LastWord& word : words) {
        if (saying_.size() >= max_words) break;
        Saying& saying = saying_[word.id];
        saying = {word, {}, now, now + patience};
        try_to_say(saying, now);
    }
}

void LastWords::say_all(Time now) {
    leaves_ = true;
    std::vector<LastWord> all;
    for (const auto& [id, word] : written_)
        all.push_back(word);
    say(all, now);
}

/// Where it has registered: the contact of the call, else another of its user's at the same address.
std::optional<Flow> LastWords::phone_of(const LastWord& word, Time now) const {
    std::optional<Flow> same, near;
    if (word.user.empty()) return same;
    registrar_.each(now, [&](const std::string& user, const Binding& binding) {
        if (user != word.user || !output_.alive(binding.flow)) return;
        if (binding.contact == word.contact) same = binding.flow;
        if (binding.flow.remote.address == word.flow.remote.address) near = binding.flow;
    });
    return same ? same : near;
}

std::optional<Flow> LastWords::way_to(const LastWord& word, Time now) const {
    if (leaves_ && output_.alive(word.flow)) return word.flow;
    if (const auto phone = phone_of(word, now)) return phone;
    if (!is_stream(word.flow)) return word.flow;
    if (word.peer) {
        if (const auto back = output_.connection_to(*word.peer)) return back;
    }
    if (!word.listens) return std::nullopt;
    return output_.reach(word.flow.transport, *word.listens, {{}, word.peer, word.through});
}

void LastWords::try_to_say(Saying& saying, Time now) {
    saying.due = now + again;
    const auto flow = clients_.full() ? std::nullopt : way_to(saying.word, now);
    if (!flow) return;
    saying.branch = "z9hG4bKl" + KeyedHash().add(std::to_string(++last_)).hex(key_);
    clients_.start(saying.branch, *flow, Method::bye, over_flow(saying.word.text, *flow, saying.branch), now);
}

bool LastWords::all_said() const {
    return std::all_of(saying_.begin(), saying_.end(),
                       [](const auto& entry) { return entry.second.branch.empty(); });
}

bool LastWords::response(const MessageView& response, Time now) {
    if (saying_.empty() && clients_.size() == 0) return false;
    const auto via = response.top_via();
    if (!via || !via->branch().starts_with("z9hG4bKl")) return false;
    const auto found = std::find_if(saying_.begin(), saying_.end(),
                                    [&](const auto& entry) { return entry.second.branch == via->branch(); });
    const auto outcome = clients_.receive(response, now);
    if (found == saying_.end()) return true;
    if (outcome != ClientTransactions::Outcome::news || response.status() < 200) return true;
    done_.push_back(found->first);
    saying_.erase(found);
    ++said_;
    return true;
}

void LastWords::flow_failed(const Flow& flow) {
    ended(clients_.fail(flow));
}

/// Without an answer: where nothing arrived another way may lead, and who was silent is left alone.
void LastWords::ended(const std::vector<ClientTransactions::Event>& events) {
    for (const auto& event : events) {
        const auto found = std::find_if(saying_.begin(), saying_.end(), [&](const auto& entry) {
            return entry.second.branch == event.branch;
        });
        if (found == saying_.end()) continue;
        found->second.branch.clear();
        if (event.kind == ClientTransactions::Event::Kind::timeout) found->second.until = {};
    }
}

void LastWords::on_time(Time now) {
    ended(clients_.on_time(now));
    for (auto entry = saying_.begin(); entry != saying_.end();) {
        Saying& saying = entry->second;
        if (saying.branch.empty() && now >= saying.until) {
            done_.push_back(entry->first);
            entry = saying_.erase(entry);
            continue;
        }
        if (saying.branch.empty() && now >= saying.due) try_to_say(saying, now);
        ++entry;
    }
}

std::optional<LastWords::Time> LastWords::next_wake() const {
    auto first = clients_.next_wake();
    for (const auto& [id, saying] : saying_) {
        if (saying.branch.empty() && (!first || saying.due < *first)) first = saying.due;
    }
    return first;
}

}  // namespace sip
