// sip/edge/moved_doors.cpp - what is told, to whom, and who is believed.
#include "sip/edge/moved_doors.hpp"

#include <algorithm>

#include "sip/proxy/dialog_request.hpp"
#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"

namespace sip {

namespace {

using namespace std::chrono_literals;

constexpr TokenBucket::Seconds refills = 16s;  // one each 2 s

/// Nothing but this connection leads there, though no phone of ours is on it: through a relay.
bool is_relayed(const DialogEnd& end, Side side) {
    return side == Side::callee && end.at.kind == FlowToken::Kind::flow && !end.at.ours;
}

bool is_phone(const DialogEnd& end) {
    return end.at.ours && end.at.kind == FlowToken::Kind::flow;
}

}  // namespace

MovedDoors::MovedDoors(const std::array<std::uint8_t, 32>& secret, const Dialogs& dialogs,
                       DialogKeeper& keeper, ProxyHost& host, Output& output)
    : key_(derived_key<16>(secret, "hedgewitch/sip/moved-doors")),
      dialogs_(dialogs),
      keeper_(keeper),
      host_(host),
      output_(output) {}

// --- ours

void MovedDoors::tell(const MediaMove& move, Time now) {
    const Side to = move.of_caller ? Side::callee : Side::caller;
    dialogs_.each_call([&](const Dialogs::CallId& id, const Dialog&, const Dialog::Answerer&) {
        const auto& tags = move.callee_tags;
        if (id.call_id != move.call_id || id.caller != move.caller_tag ||
            std::find(tags.begin(), tags.end(), id.callee) == tags.end())
            return;
        const Call call{id, to};
        if (!tellings_.contains(call) && tellings_.size() >= max_calls) return;
        tellings_[call] = {media_move_body(move.streams), {}, {}, now, now + patience};
    });
}

std::optional<Flow> MovedDoors::flow_to(const Call& call) const {
    const auto [dialog, answerer] = dialogs_.find_call(call.id);
    if (dialog == nullptr) return std::nullopt;
    const DialogEnd& end = call.to == Side::caller ? dialog->caller : answerer->end;
    const auto peer = output_.peer(end.at.flow);
    // One who was met by his name and not by his key is no node of our kind.
    const bool node =
        !is_phone(end) && end.at.flow.transport == Transport::tls && (!peer || peer->name.empty());
    return node ? std::optional(end.at.flow) : std::nullopt;
}

void MovedDoors::tell_now(const Call& call, Telling& telling, Time now) {
    auto flow = flow_to(call);
    if (flow && telling.on == flow) {
        keeper_.renew(*flow, now);
        flow = flow_to(call);
    }
    if (!flow || now >= telling.until) {
        ++counters_.untold;
        tellings_.erase(call);
        return;
    }
    telling.due = now + (telling.on ? std::chrono::milliseconds(again) : soon);
    telling.on = flow;
    if (!output_.alive(*flow)) return;
    const auto [dialog, answerer] = dialogs_.find_call(call.id);
    telling.branch = "z9hG4bKm" + KeyedHash().add(std::to_string(++last_)).hex(key_);
    output_.send(*flow,
                 move_to(call.to, call.id.call_id, *dialog, *answerer, *flow, telling.branch, telling.body));
}

bool MovedDoors::response(const MessageView& response) {
    const auto via = response.top_via();
    if (!via || tellings_.empty()) return false;
    const auto told = std::find_if(tellings_.begin(), tellings_.end(), [&](const auto& entry) {
        return !entry.second.branch.empty() && entry.second.branch == via->branch();
    });
    if (told == tellings_.end()) return false;
    if (response.status() < 200) return true;
    ++(response.status() < 300 ? counters_.told : counters_.untold);
    tellings_.erase(told);
    return true;
}

void MovedDoors::on_time(Time now) {
    std::vector<Call> due;
    for (const auto& [call, telling] : tellings_) {
        if (telling.due <= now) due.push_back(call);
    }
    for (const Call& call : due)
        tell_now(call, tellings_.at(call), now);
}

std::optional<MovedDoors::Time> MovedDoors::next_wake() const {
    std::optional<Time> first;
    for (const auto& [call, telling] : tellings_) {
        if (!first || telling.due < *first) first = telling.due;
    }
    return first;
}

// --- others'

bool MovedDoors::is_move(const MessageView& request) {
    const auto type = request.header(Header::content_type).value_or("");
    return request.method() == Method::info &&
           equal_nocase(grammar::trim(type.substr(0, type.find(';'))), MediaMove::content_type);
}

Answer MovedDoors::hear(const MessageView& request, const Flow& flow, Time now) {
    Answer answer = heard_of(dialogs_.find(request), request, flow, now);
    ++(answer.status == 200 ? counters_.heard : counters_.refused);
    return answer;
}

Answer MovedDoors::heard_of(const Dialogs::Found& found, const MessageView& request, const Flow& flow,
                            Time now) {
    const DialogEnd* const end = found.end(found.sender);
    if (found.state != DialogState::confirmed || end == nullptr || found.answerer == nullptr)
        return {481, {}, {}};
    if (is_phone(*end) || flow.transport != Transport::tls || !keeper_.is_same_node(end->at.flow, flow))
        return {481, {}, {}};
    const std::string caller(found.sender == Side::caller ? request.from_tag() : request.to_tag());
    auto& bucket = how_often_.make({std::string(request.call_id()), caller}, burst, refills);
    if (!bucket.take(1, now)) return {503, {}, {{"Retry-After", "2"}}};
    auto streams = parse_media_move(request.body());
    if (!streams) return {400, "Bad Media", {}};
    for (const auto& stream : *streams) {
        for (const Endpoint& at : {stream.rtp, stream.rtcp}) {
            if (!host_.may_call({Transport::udp, at, {}})) return {403, "Not To That Address", {}};
        }
    }
    const MediaMove move{std::string(request.call_id()),
                         caller,
                         {found.answerer->tag},
                         found.sender == Side::caller,
                         std::move(*streams)};
    const Flow from = is_relayed(*end, found.sender) ? beyond_relay(flow) : flow;
    keeper_.came_back(Flow(end->at.flow), flow, now);  // the table changes
    MediaPath* const media = host_.media();
    if (media == nullptr) return {488, {}, {}};
    switch (media->moved(move, from)) {
        case MediaPath::Moved::taken: return {200, {}, {}};
        case MediaPath::Moved::no_door: return {488, {}, {}};
        case MediaPath::Moved::refused: return {403, "Not To That Address", {}};
    }
    return {488, {}, {}};
}

}  // namespace sip
