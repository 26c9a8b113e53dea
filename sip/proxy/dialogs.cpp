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
    std::size_t size = sizeof dialog + dialog.own.size() + dialog.shown.size() + dialog.dialled.size() +
                       dialog.mark.display.size() + dialog.mark.uri.size() + dialog.users[0].size() +
                       dialog.users[1].size() + size_of(dialog.caller);
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

void Dialogs::answered(const MessageView& response, DialogEnd callee) {
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
        if (confirms) known->state = DialogState::confirmed;
    } else if (all.size() < max_answerers) {
        all.push_back({std::string(tag), confirms ? DialogState::confirmed : DialogState::early,
                       bounded(std::move(callee))});
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
    if (request.method() != Method::subscribe && request.method() != Method::refer) return;
    const Side sender = find(request).sender;
    if (Dialog* dialog = found(request, sender)) dialog->events[static_cast<std::size_t>(sender)] = true;
}

void Dialogs::over(const MessageView& bye) {
    const Found known = find(bye);
    if (known.answerer == nullptr) return;
    const auto tag = known.answerer->tag;
    for (auto& answerer : found(bye, known.sender)->answerers) {
        if (answerer.tag == tag) answerer.state = DialogState::ended;
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
