// sip/proxy/dialogs.cpp - what is known of the dialogs that came about through us.
#include "sip/proxy/dialogs.hpp"

#include <algorithm>

namespace sip {

namespace {

std::size_t size_of(const DialogEnd& end) {
    std::size_t size = sizeof end + end.target.size();
    for (const std::string& route : end.route)
        size += sizeof(std::string) + route.size();
    return size;
}

std::size_t size_of(const Dialog& dialog) {
    std::size_t size = sizeof dialog + dialog.called.size() * sizeof(KeyHash) + dialog.own.size() +
                       dialog.shown.size() + dialog.dialled.size() + dialog.mark.display.size() +
                       dialog.mark.uri.size() + dialog.users[0].size() + dialog.users[1].size() +
                       size_of(dialog.caller);
    for (const auto& answerer : dialog.answerers)
        size += sizeof answerer + answerer.tag.size() + size_of(answerer.end);
    return size;
}

// An end whose texts are too long to be kept is known by its flow alone.
DialogEnd bounded(DialogEnd end) {
    std::size_t size = end.target.size();
    for (const std::string& route : end.route)
        size += route.size();
    if (size <= Dialogs::max_text) return end;
    return {end.at, {}, {}};
}

// §12.2.1.2: INVITE and UPDATE (RFC 3311 §5) say anew where their sender is.
bool refreshes_target(Method method) {
    return method == Method::invite || method == Method::update;
}

void refresh(DialogEnd& end, const MessageView& message) {
    const auto contact = uri_in(message.header(Header::contact).value_or(""));
    if (!contact.empty() && contact.size() <= Dialogs::max_text) end.target = contact;
}

}  // namespace

void Dialogs::begin(const MessageView& request, Dialog dialog) {
    const Id id{request.call_id(), request.from_tag()};
    if (const Dialog* known = dialogs_.find(id)) {
        const bool lives = std::any_of(known->answerers.begin(), known->answerers.end(),
                                       [](const auto& a) { return a.state != DialogState::ended; });
        if (lives) return;
    }
    forget(id);
    const std::size_t longest =
        std::max({id.first.size(), id.second.size(), dialog.own.size(), dialog.shown.size(),
                  dialog.dialled.size(), dialog.mark.display.size(), dialog.mark.uri.size()});
    if (longest > max_text) return;  // nobody's name is so long, and it would cost memory
    dialog.caller = bounded(std::move(dialog.caller));
    dialog.events[0] = dialog.subscription = request.method() != Method::invite;
    if (const auto cseq = request.cseq()) dialog.cseq[0] = cseq->number;
    bytes_ += size_of(dialog);
    while (!dialogs_.empty() && (dialogs_.full() || bytes_ > max_bytes))
        forget(Id(dialogs_.oldest().first));
    dialogs_.put(id, std::move(dialog));
}

void Dialogs::forget(const Id& id) {
    const Dialog* dialog = dialogs_.find(id);
    if (dialog == nullptr) return;
    bytes_ -= size_of(*dialog);
    dialogs_.erase(id);
}

Dialog* Dialogs::found(const MessageView& message, Side sender) {
    return dialogs_.find(
        Id{message.call_id(), sender == Side::caller ? message.from_tag() : message.to_tag()});
}

void Dialogs::answered(const MessageView& response, DialogEnd callee, bool stays) {
    const auto tag = response.to_tag();
    Dialog* dialog = found(response, Side::caller);
    if (dialog == nullptr || tag.empty() || tag.size() > max_text) return;
    const bool confirms = response.status() >= 200;
    auto& all = dialog->answerers;
    const auto known = std::find_if(all.begin(), all.end(), [&](const auto& a) { return a.tag == tag; });
    bytes_ -= size_of(*dialog);
    if (confirms && response.method() == Method::invite) {
        for (auto& other : all) {
            if (other.state == DialogState::early) other.state = DialogState::ended;
        }
    }
    if (known != all.end()) {
        known->end = bounded(std::move(callee));
        // Of two who took the call at once the later one is in it too (§13.2.2.4); who was hung up is not.
        if (confirms && !known->hung_up && known->state != DialogState::confirmed) {
            known->state = DialogState::confirmed;
            ++confirmed_;
            ++changes_;
        }
        known->stays = known->stays || stays;
    } else if (all.size() < max_answerers) {
        all.push_back({std::string(tag), confirms ? DialogState::confirmed : DialogState::early,
                       bounded(std::move(callee)), stays});
        if (confirms) ++confirmed_;
        if (confirms) ++changes_;
    }
    bytes_ += size_of(*dialog);
}

void Dialogs::refused(const MessageView& request) {
    Dialog* dialog = found(request, Side::caller);
    if (dialog == nullptr) return;
    for (auto& answerer : dialog->answerers) {
        if (answerer.state == DialogState::early) answerer.state = DialogState::ended;
    }
}

void Dialogs::spoken(const MessageView& request) {
    const Found known = find(request);
    Dialog* dialog = found(request, known.sender);
    if (dialog == nullptr) return;
    const auto side = static_cast<std::size_t>(known.sender);
    if (request.method() == Method::subscribe || request.method() == Method::refer)
        dialog->events[side] = true;
    if (const auto cseq = request.cseq()) dialog->cseq[side] = std::max(dialog->cseq[side], cseq->number);
    if (refreshes_target(request.method()))
        retarget(*dialog, known.sender, known.answerer == nullptr ? "" : known.answerer->tag, request);
}

void Dialogs::replied(const MessageView& response) {
    if (!refreshes_target(response.method()) || response.to_tag().empty()) return;
    const Found known = find(response);  // its tags are those of the request
    Dialog* dialog = found(response, known.sender);
    if (dialog == nullptr || known.answerer == nullptr) return;
    retarget(*dialog, other(known.sender), known.answerer->tag, response);
}

void Dialogs::retarget(Dialog& dialog, Side side, std::string_view answerer, const MessageView& message) {
    ++changes_;
    bytes_ -= size_of(dialog);
    if (side == Side::caller) refresh(dialog.caller, message);
    for (auto& one : dialog.answerers) {
        if (side == Side::callee && one.tag == answerer) refresh(one.end, message);
    }
    bytes_ += size_of(dialog);
}

void Dialogs::moved(const Flow& lost, const Flow& now) {
    std::vector<Id> on_it;
    for (const auto& [id, dialog] : dialogs_) {
        const bool answerers = std::any_of(dialog.answerers.begin(), dialog.answerers.end(),
                                           [&](const auto& a) { return a.end.at.flow == lost; });
        if (answerers || dialog.caller.at.flow == lost) on_it.push_back(id);
    }
    if (!on_it.empty()) ++changes_;
    for (const Id& id : on_it) {
        Dialog& dialog = *dialogs_.find(id);
        if (dialog.caller.at.flow == lost) dialog.caller.at.flow = now;
        for (auto& answerer : dialog.answerers) {
            if (answerer.end.at.flow == lost) answerer.end.at.flow = now;
        }
    }
}

void Dialogs::over(const MessageView& bye) {
    const Found known = find(bye);
    if (known.answerer == nullptr) return;
    ++changes_;
    const auto tag = known.answerer->tag;
    for (auto& answerer : found(bye, known.sender)->answerers) {
        if (answerer.tag != tag) continue;
        answerer.state = DialogState::ended;
        answerer.hung_up = true;
    }
}

void Dialogs::unanswered(const MessageView& request) {
    const Found known = find(request);
    if (known.answerer == nullptr || known.state != DialogState::confirmed ||
        unanswered_.size() >= max_dialogs)
        return;
    const bool calls = known.sender == Side::caller;
    unanswered_.push_back({std::string(request.call_id()),
                           std::string(calls ? request.from_tag() : request.to_tag()), known.answerer->tag});
}

Dialogs::Call Dialogs::find_call(const CallId& id) const {
    const Dialog* dialog = dialogs_.find(Id{id.call_id, id.caller});
    if (dialog == nullptr || dialog->subscription) return {};
    for (const auto& answerer : dialog->answerers) {
        if (answerer.tag == id.callee && answerer.stays && answerer.state == DialogState::confirmed)
            return {dialog, &answerer};
    }
    return {};
}

std::vector<Dialogs::CallId> Dialogs::calls_of(std::string_view call_id, std::string_view caller_tag) const {
    const Id id(call_id, caller_tag);
    const Dialog* dialog = dialogs_.find(id);
    if (dialog == nullptr || dialog->subscription) return {};
    std::vector<CallId> all;
    for (const auto& answerer : dialog->answerers) {
        if (answerer.stays && answerer.state == DialogState::confirmed)
            all.push_back({id.first, id.second, answerer.tag});
    }
    return all;
}

void Dialogs::hung_up(const CallId& id) {
    Dialog* dialog = dialogs_.find(Id{id.call_id, id.caller});
    if (dialog == nullptr) return;
    ++changes_;
    for (auto& answerer : dialog->answerers) {
        if (answerer.tag != id.callee) continue;
        answerer.state = DialogState::ended;
        answerer.hung_up = true;
    }
}

Dialogs::Found Dialogs::find(const MessageView& request) const {
    if (request.to_tag().empty()) return {};
    Found all;
    for (const Side sender : {Side::caller, Side::callee}) {
        const bool calls = sender == Side::caller;
        const auto callers = calls ? request.from_tag() : request.to_tag();
        const auto callees = calls ? request.to_tag() : request.from_tag();
        const Dialog* dialog = dialogs_.find(Id{request.call_id(), callers});
        if (dialog == nullptr) continue;
        all.dialog = dialog;
        all.sender = sender;
        for (const auto& answerer : dialog->answerers) {
            if (answerer.tag != callees) continue;
            all.answerer = &answerer;
            all.state = answerer.state;
            return all;
        }
        // Notifiers come forward by themselves (RFC 6665 §4.4.1); callees have answered first.
        if (dialog->subscription) {
            all.state = DialogState::early;
        } else {
            const bool all_kept = dialog->answerers.size() < max_answerers;
            all.state = all_kept ? DialogState::ended : DialogState::unknown;
        }
        return all;
    }
    return all;
}

std::optional<FromRewrite> Dialogs::rewrite(const MessageView& request) const {
    const Found known = find(request);
    if (known.dialog == nullptr) return std::nullopt;
    const auto written = [&](Header header) { return std::string(request.header(header).value_or("")); };
    const Dialog& dialog = *known.dialog;
    if (known.sender == Side::caller)
        return FromRewrite{Header::from, written(Header::from), dialog.shown, {}};
    if (dialog.own != dialog.shown) return FromRewrite{Header::to, written(Header::to), dialog.own, {}};
    return FromRewrite{
        Header::from, written(Header::from), dialog.dialled + ";tag=" + std::string(request.from_tag()), {}};
}

}  // namespace sip
