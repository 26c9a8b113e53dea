// node/page/phones_view.cpp - users and their phones.
#include "node/page/phones_view.hpp"
#include <fmt/chrono.h>
#include <fmt/format.h>

namespace node {
namespace {

void phone(PageView& view, const sip::Binding& binding, std::chrono::sys_seconds now) {
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(binding.expires - now).count();
    view.html.open("li");
    view.name(binding.user_agent.empty() ? view.t("phones.some_phone") : binding.user_agent);
    view.html.text(" ");
    view.html.open("span", {{"class", "hint"}});
    view.name(binding.contact);
    view.html.text(" " + view.t("phones.registered_for", {std::to_string(minutes < 0 ? 0 : minutes)}));
    view.html.close().close();
}

void user(PageView& view, const PhonesShown::User& shown, std::chrono::sys_seconds now) {
    const std::string& label = shown.row.label;
    view.html.open("article", {{"aria-labelledby", "user-" + label}});
    view.html.open("h3", {{"id", "user-" + label}});
    view.name(label);
    view.html.close();
    view.html.open("div", {{"id", "phones-of-" + label}, {"data-live", "yes"}});
    for (const auto& fault : shown.faults)
        view.says(fault);
    if (!shown.says.empty()) view.says(shown.says);
    if (!shown.can_log_in) view.html.element("p", view.t("phones.other_realm"));
    if (!shown.phones.empty()) {
        view.html.open("ul");
        for (const auto& each : shown.phones)
            phone(view, each, now);
        view.html.close();
    }
    view.html.close();
    view.form("/phones/link");
    view.hidden("user", label);
    view.button(view.t("phones.link_button"), PageView::Weight::plain, label);
    view.html.close();
    view.html.open("details").open("summary").text(view.t("phones.new_password"));
    view.html.open("span", {{"class", "unseen"}}).text(" ");
    view.name(label);
    view.html.close().close();
    view.form("/phones/password");
    view.hidden("user", label);
    view.input("password-" + label, view.t("phones.own_password"),
               {{"name", "password"}, {"type", "password"}, {"autocomplete", "new-password"}},
               view.t("phones.own_password_hint"));
    view.button(view.t("phones.new_password"), PageView::Weight::plain, label);
    view.html.close().close();
    view.danger("/phones/remove", view.t("phones.remove"), label, view.t("phones.remove_warning", {label}),
                {{"user", label}});
    view.html.close();
}

}  // namespace

void phones_view(PageView& view, const PhonesShown& shown) {
    view.section("users", view.t("phones.users"));
    if (shown.users.empty()) view.html.element("p", view.t("phones.none"));
    for (const auto& each : shown.users)
        user(view, each, shown.now);
    view.html.close();

    view.section("add", view.t("phones.add"));
    view.html.element("p", view.t("phones.add_hint"));
    view.form("/phones/add");
    view.input("add-user", view.t("phones.user"),
               {{"name", "user"},
                {"type", "text"},
                {"required"},
                {"maxlength", "63"},
                {"autocomplete", "off"},
                {"autocapitalize", "none"},
                {"value", view.filled("/phones/add", "user")}},
               view.t("phones.user_hint"));
    view.input("add-password", view.t("phones.own_password"),
               {{"name", "password"}, {"type", "password"}, {"autocomplete", "new-password"}},
               view.t("phones.own_password_hint"));
    view.button(view.t("phones.add_button"));
    view.html.close().close();
}

}  // namespace node
