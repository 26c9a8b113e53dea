// sip/proxy/from_rewrite.cpp - writes the From that a callee's phone shows, and finds the other one again.
#include "sip/proxy/from_rewrite.hpp"

#include "sip/syntax/display_name.hpp"

namespace sip {
namespace {

constexpr std::size_t max_kept = 1024;  // of a From; a longer one is nobody's, and would cost memory

}  // namespace

bool claims_identity(const HeaderField& field) {
    return equal_nocase(field.name, "P-Asserted-Identity") ||
           equal_nocase(field.name, "P-Preferred-Identity") || equal_nocase(field.name, "Remote-Party-ID");
}

Relabel relabelled(const MessageView& request, const CallerMark& mark) {
    Relabel relabel;
    const auto value = request.header(Header::from).value_or("");
    relabel.own = value;
    const auto from = NameAddrView::parse(value);
    const std::string uri = !mark.uri.empty() ? mark.uri
                            : from            ? std::string(from->uri)
                                              : "sip:unverified@unverified.invalid";  // RFC 2606: nobody's
    relabel.shown = quoted_display(mark.display) + " <" + uri + ">";
    // Of the parameters only the tag: the others are the caller's own words too.
    if (const auto tag = request.from_tag(); !tag.empty()) relabel.shown += ";tag=" + std::string(tag);
    if (mark.asserted) relabel.asserted = quoted_display(mark.display) + " <" + uri + ">";
    return relabel;
}

void CallerMarks::remember(const MessageView& request, const Relabel& relabel) {
    if (request.header(Header::from).value_or("").size() > max_kept) return;
    const Id id{request.call_id(), request.from_tag()};
    if (const auto known = dialogs_.find(id); known != dialogs_.end()) {
        known->second.own = relabel.own;
        known->second.shown = relabel.shown;
        order_.splice(order_.begin(), order_, known->second.place);
        return;
    }
    if (dialogs_.size() >= max_dialogs) {
        dialogs_.erase(order_.back());
        order_.pop_back();
    }
    order_.push_front(id);
    dialogs_.emplace(id, Dialog{relabel.own, relabel.shown, order_.begin()});
}

std::optional<Relabel> CallerMarks::find(const MessageView& request) const {
    const std::string call_id(request.call_id());
    if (const auto of_caller = dialogs_.find({call_id, std::string(request.from_tag())});
        of_caller != dialogs_.end())
        return Relabel{Header::from,
                       std::string(request.header(Header::from).value_or("")),
                       of_caller->second.shown,
                       {}};
    if (const auto of_callee = dialogs_.find({call_id, std::string(request.to_tag())});
        of_callee != dialogs_.end())
        return Relabel{
            Header::to, std::string(request.header(Header::to).value_or("")), of_callee->second.own, {}};
    return std::nullopt;
}

}  // namespace sip
