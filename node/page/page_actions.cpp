// node/page/page_actions.cpp - a table of forms.
#include "node/page/page_actions.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "node/actions/callers.hpp"
#include "node/actions/contacts.hpp"
#include "node/actions/invites.hpp"
#include "node/actions/trust.hpp"
#include "node/actions/users.hpp"
#include "node/addresses.hpp"
#include "node/names/password.hpp"
#include "node/names/qr_picture.hpp"

namespace node {
namespace {

constexpr std::size_t max_field = 4096;  // of text that a person types or pastes

/// 0: that is no number.
std::size_t number(const PageRequest& request, const std::string& name) {
    const std::string text = typed(request, name);
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

Notice notice_of(Done done) {
    return {.says = std::move(done.says), .notes = std::move(done.notes)};
}

/// As it was typed: a space is a character of a password.
std::string password_of(const PageRequest& request, bool& was_made) {
    const auto found = request.form.find("password");
    const std::string typed = found == request.form.end() ? "" : found->second;
    was_made = typed.empty();
    if (was_made) return make_password();
    refuse_weak(typed, "Left empty, one is made for you.");
    return typed;
}

Notice add_phone(const PageRequest& request, const ActionContext& context) {
    const std::string label = user_label(typed(request, "user"));
    bool was_made = false;
    const std::string password = password_of(request, was_made);
    add_user(context.state, label, password);
    return {.own = {context.t("phones.added", {label})},
            .notes = notes_on_new_user(context.state, label),
            .phone = phone_settings(context.state, label, password),
            .password_was_made = was_made,
            .link_for = label};
}

Notice new_password(const PageRequest& request, const ActionContext& context) {
    const std::string label = user_label(typed(request, "user"));
    bool was_made = false;
    const std::string password = password_of(request, was_made);
    change_password(context.state, label, password);
    return {.own = {context.t("phones.password_changed", {label})},
            .phone = phone_settings(context.state, label, password),
            .password_was_made = was_made,
            .link_for = label};
}

Notice link(const PageRequest& request, const ActionContext& context) {
    const std::string label = user_label(typed(request, "user"));
    return {.own = {context.t("phones.link_made", {label})}, .link_for = label};
}

Notice remove_phone(const PageRequest& request, const ActionContext& context) {
    return notice_of(remove_user(context.state, typed(request, "user")));
}

/// What stands in a picture of a QR code, if there is one.
std::string in_picture(const PageRequest& request) {
    const auto found = request.form.find("picture");
    if (found == request.form.end() || found->second.empty()) return {};
    const auto& bytes = found->second;
    auto invite = invite_in_picture({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (!invite) throw std::runtime_error("The picture " + invite.error());
    return std::move(*invite);
}

Notice add_person(const PageRequest& request, const ActionContext& context) {
    std::string whom = typed(request, "invite");
    if (whom.empty()) whom = in_picture(request);
    if (whom.empty())
        throw std::runtime_error(
            "The form has neither an invite nor an address: paste the text, or choose the picture of the QR "
            "code.");
    const std::string short_number = typed(request, "number");
    return notice_of(add_contact(context.state, typed(request, "name"),
                                 short_number.empty() ? std::nullopt : std::optional(short_number), whom));
}

Notice remove_person(const PageRequest& request, const ActionContext& context) {
    return notice_of(remove_contact(context.state, typed(request, "name")));
}

Notice rename_person(const PageRequest& request, const ActionContext& context) {
    return notice_of(rename_contact(context.state, typed(request, "name"), typed(request, "to")));
}

Notice accept(const PageRequest& request, const ActionContext& context) {
    return notice_of(accept_caller(context.state, static_cast<std::int64_t>(number(request, "number")),
                                   typed(request, "name")));
}

Notice reject(const PageRequest& request, const ActionContext& context) {
    return notice_of(reject_caller(context.state, static_cast<std::int64_t>(number(request, "number"))));
}

Notice unblock(const PageRequest& request, const ActionContext& context) {
    return notice_of(unblock_caller(context.state, typed(request, "caller")));
}

/// Nodes of the DHT that a newcomer may begin from; none when the node does not say: an invite is good
/// without.
std::vector<sip::Endpoint> ways_in(NodeCommands& node) {
    std::vector<sip::Endpoint> ways;
    const auto status = node.ask({{"command", "status"}});
    if (!status || !status->is_object() || !status->contains("ways_in")) return ways;
    for (const auto& text : status->at("ways_in")) {
        if (!text.is_string()) continue;
        if (const auto way = parse_endpoint(text.get<std::string>())) ways.push_back(*way);
    }
    return ways;
}

Notice invite(const PageRequest& request, const ActionContext& context) {
    const InviteWish wish{typed(request, "user"), typed(request, "secret") == "yes", typed(request, "note")};
    MadeInvite made = make_invite(context.state, wish, ways_in(context.node));
    return {.own = {context.t("people.invite_made", {made.label})},
            .notes = std::move(made.notes),
            .invite = std::move(made.text)};
}

Notice end_one_invite(const PageRequest& request, const ActionContext& context) {
    return notice_of(end_invite(context.state, typed(request, "user"), number(request, "number")));
}

Notice accept_new_key(const PageRequest& request, const ActionContext& context) {
    return notice_of(accept_key(context.state, typed(request, "name"), typed(request, "key")));
}

Notice reject_new_key(const PageRequest& request, const ActionContext& context) {
    return notice_of(reject_key(context.state, typed(request, "name"), typed(request, "key")));
}

Notice pin(const PageRequest& request, const ActionContext& context) {
    return notice_of(pin_key(context.state, typed(request, "name"), typed(request, "key")));
}

Notice forget(const PageRequest& request, const ActionContext& context) {
    return notice_of(forget_key(context.state, typed(request, "name")));
}

Notice strangers(const PageRequest& request, const ActionContext& context) {
    return notice_of(set_strangers(context.state, typed(request, "user"), typed(request, "mode")));
}

Notice delivery(const PageRequest& request, const ActionContext& context) {
    return notice_of(set_delivery(context.state, typed(request, "user"), typed(request, "mode")));
}

Notice listed(const PageRequest& request, const ActionContext& context) {
    return notice_of(set_listed(context.state, typed(request, "user"), typed(request, "listed") != "no"));
}

struct Form {
    std::string_view path;
    Notice (*does)(const PageRequest&, const ActionContext&);
};
constexpr std::array forms{Form{"/phones/add", add_phone},
                           Form{"/phones/password", new_password},
                           Form{"/phones/link", link},
                           Form{"/phones/remove", remove_phone},
                           Form{"/people/add", add_person},
                           Form{"/people/remove", remove_person},
                           Form{"/people/rename", rename_person},
                           Form{"/people/accept", accept},
                           Form{"/people/reject", reject},
                           Form{"/people/unblock", unblock},
                           Form{"/people/invite", invite},
                           Form{"/people/end-invite", end_one_invite},
                           Form{"/trust/accept", accept_new_key},
                           Form{"/trust/reject", reject_new_key},
                           Form{"/trust/pin", pin},
                           Form{"/trust/forget", forget},
                           Form{"/settings/strangers", strangers},
                           Form{"/settings/delivery", delivery},
                           Form{"/settings/listed", listed}};

}  // namespace

std::optional<Notice> do_action(const PageRequest& request, const ActionContext& context) {
    const auto form =
        std::find_if(forms.begin(), forms.end(), [&](const Form& each) { return each.path == request.path; });
    if (form == forms.end()) return std::nullopt;
    Transaction change(context.state.database());
    Notice notice = form->does(request, context);
    change.commit();
    return notice;
}

std::string typed(const PageRequest& request, const std::string& field) {
    const auto found = request.form.find(field);
    if (found == request.form.end() || found->second.size() > max_field) return {};
    constexpr const char* spaces = " \t\r\n";
    const auto begin = found->second.find_first_not_of(spaces);
    if (begin == std::string::npos) return {};
    return found->second.substr(begin, found->second.find_last_not_of(spaces) - begin + 1);
}

std::map<std::string, std::string> to_be_mended(const PageRequest& request) {
    std::map<std::string, std::string> fields;
    for (const auto& [name, value] : request.form) {
        if (name != "password" && name != "picture" && name != "csrf" && value.size() <= max_field)
            fields.emplace(name, value);
    }
    return fields;
}

}  // namespace node
