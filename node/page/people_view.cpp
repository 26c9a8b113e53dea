// node/page/people_view.cpp - who waits for a decision first, then contacts, then invites.
#include "node/page/people_view.hpp"
#include <fmt/format.h>

#include "node/actions/invites.hpp"

namespace node {
namespace {

void caller(PageView& view, const WaitingCaller& caller) {
    const std::string number = std::to_string(caller.number);
    view.html.open("article", {{"aria-labelledby", "caller-" + number}});
    view.html.open("h3", {{"id", "caller-" + number}});
    view.name(caller.name.empty() ? caller.caller : caller.name);
    view.html.close();
    view.html.open("p");
    view.name(caller.caller);
    view.html.close();
    view.html.element("p", view.t(caller.verified ? "people.verified" : "people.unverified"));
    view.html.element("p", view.t(caller.calls == 1 ? "people.called_once" : "people.called",
                                  {caller.user, std::to_string(caller.calls)}));
    if (caller.verified) {
        view.form("/people/accept");
        view.hidden("number", number);
        view.input("accept-" + number, view.t("people.name_for"),
                   {{"name", "name"}, {"type", "text"}, {"maxlength", "63"}, {"autocomplete", "off"}},
                   view.t("people.name_for_hint"));
        view.button(view.t("people.accept"), PageView::Weight::main, caller.name);
        view.html.close();
    }
    view.danger("/people/reject", view.t("people.reject"), caller.name, view.t("people.reject_warning"),
                {{"number", number}});
    view.html.close();
}

void callers(PageView& view, const PeopleShown& shown) {
    view.section("waiting", view.t("people.waiting"), PageView::Kept::live);
    if (shown.waiting.empty()) view.html.element("p", view.t("people.nobody_waits"));
    for (const auto& each : shown.waiting)
        caller(view, each);
    view.html.close();
    if (shown.blocked.empty()) return;
    view.section("blocked", view.t("people.blocked"));
    view.html.open("ul", {{"class", "rows"}});
    for (const auto& each : shown.blocked) {
        view.html.open("li");
        view.name(each);
        view.form("/people/unblock");
        view.hidden("caller", each);
        view.button(view.t("people.unblock"), PageView::Weight::plain, each);
        view.html.close().close();
    }
    view.html.close().close();
}

void contact(PageView& view, const Contact& row) {
    view.html.open("article", {{"aria-labelledby", "contact-" + row.name}});
    view.html.open("h3", {{"id", "contact-" + row.name}});
    view.name(row.name);
    if (row.number) view.html.text(" ").element("span", *row.number, {{"class", "number"}});
    view.html.close();
    view.html.open("p", {{"class", "hint"}});
    view.name(row.uri);
    if (!row.secret.empty()) view.html.text(" " + view.t("people.by_invite"));
    view.html.close();
    view.form("/people/reach");
    view.hidden("whom", row.name);
    view.button(view.t("people.ping"), PageView::Weight::plain, row.name);
    view.html.close();
    view.html.open("details").open("summary").text(view.t("people.rename"));
    view.html.open("span", {{"class", "unseen"}}).text(" ");
    view.name(row.name);
    view.html.close().close();
    view.form("/people/rename");
    view.hidden("name", row.name);
    view.input(
        "rename-" + row.name, view.t("people.new_name"),
        {{"name", "to"}, {"type", "text"}, {"required"}, {"maxlength", "63"}, {"autocomplete", "off"}});
    view.button(view.t("people.rename"), PageView::Weight::plain, row.name);
    view.html.close().close();
    view.danger("/people/remove", view.t("people.remove"), row.name,
                view.t("people.remove_warning", {row.name}), {{"name", row.name}});
    view.html.close();
}

void reach(PageView& view) {
    view.section("can-i-reach", view.t("people.reach"));
    view.form("/people/reach");
    view.input("reach-whom", view.t("people.reach_whom"),
               {{"name", "whom"},
                {"type", "text"},
                {"required"},
                {"maxlength", "2000"},
                {"autocomplete", "off"},
                {"autocapitalize", "off"},
                {"spellcheck", "false"},
                {"value", view.filled("/people/reach", "whom")}},
               view.t("people.reach_hint"));
    view.html.open("p").open("button", {{"type", "submit"}, {"name", "how"}, {"value", "ping"}});
    view.html.text(view.t("people.ping")).close().text(" ");
    view.html.open("button", {{"type", "submit"}, {"name", "how"}, {"value", "explain"}, {"class", "plain"}});
    view.html.text(view.t("people.explain")).close().close();
    view.html.close().close();
}

void add_contact(PageView& view) {
    view.section("add", view.t("people.add"));
    view.html.element("p", view.t("people.add_hint"));
    view.form("/people/add", PageView::Sends::file);
    view.input("add-name", view.t("people.name"),
               {{"name", "name"},
                {"type", "text"},
                {"required"},
                {"maxlength", "63"},
                {"autocomplete", "off"},
                {"value", view.filled("/people/add", "name")}},
               view.t("people.name_hint"));
    view.input("add-number", view.t("people.number"),
               {{"name", "number"},
                {"type", "text"},
                {"inputmode", "tel"},
                {"maxlength", "10"},
                {"autocomplete", "off"},
                {"value", view.filled("/people/add", "number")}},
               view.t("people.number_hint"));
    view.area("add-invite", view.t("people.invite_or_address"), "invite",
              view.filled("/people/add", "invite"), view.t("people.invite_or_address_hint"));
    view.input("add-picture", view.t("people.picture"),
               {{"name", "picture"}, {"type", "file"}, {"accept", "image/png,image/jpeg"}},
               view.t("people.picture_hint"));
    view.button(view.t("people.add_button"));
    view.html.close().close();
}

void invites(PageView& view, const PeopleShown& shown) {
    view.section("invites", view.t("people.invites"));
    if (shown.users.empty()) {
        view.html.open("p").element("a", view.t("people.no_user"), {{"href", "/phones"}}).close().close();
        return;
    }
    view.html.element("p", view.t("people.invites_hint"));
    view.form("/people/invite");
    std::vector<PageView::Choice> choices;
    for (const auto& user : shown.users)
        choices.push_back({user, user});
    view.select("invite-user", view.t("people.invite_user"), "user", choices,
                view.filled("/people/invite", "user"));
    view.checkbox("invite-secret", view.t("people.invite_secret"), "secret",
                  view.filled("/people/invite", "secret") == "yes");
    view.input("invite-note", view.t("people.invite_note"),
               {{"name", "note"},
                {"type", "text"},
                {"maxlength", "200"},
                {"autocomplete", "off"},
                {"value", view.filled("/people/invite", "note")}},
               view.t("people.invite_note_hint"));
    view.button(view.t("people.invite_button"));
    view.html.close();
    for (const auto& [user, rows] : shown.invites) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::string number = std::to_string(i + 1);
            view.html.open("article").open("p").text(user + " " + number + ": ");
            view.name(describe(rows[i]));
            view.html.close();
            view.danger("/people/end-invite", view.t("people.end_invite"), user + " " + number,
                        view.t("people.end_invite_warning"), {{"user", user}, {"number", number}});
            view.html.close();
        }
    }
    view.html.close();
}

}  // namespace

void people_view(PageView& view, const PeopleShown& shown) {
    callers(view, shown);
    view.section("contacts", view.t("people.contacts"));
    if (shown.contacts.empty()) view.html.element("p", view.t("people.no_contacts"));
    for (const auto& row : shown.contacts)
        contact(view, row);
    view.html.close();
    reach(view);
    add_contact(view);
    invites(view, shown);
}

}  // namespace node
