// node/page/settings_view.cpp - what people change, for each user; what the file says, to be read.
#include "node/page/settings_view.hpp"

namespace node {
namespace {

void user(PageView& view, const SettingsShown::User& shown, const Config& config) {
    const Texts& t = view.t;
    const std::string& label = shown.row.label;
    view.html.open("article", {{"aria-labelledby", "user-" + label}});
    view.html.open("h3", {{"id", "user-" + label}});
    view.name(label);
    view.html.close();

    view.form("/settings/strangers");
    view.hidden("user", label);
    view.select("strangers-" + label, t("settings.strangers"), "mode",
                {{"default", t("settings.as_node", {name(config.sip.strangers)})},
                 {"allow", t("settings.allow")},
                 {"ask", t("settings.ask")},
                 {"reject", t("settings.reject")}},
                shown.strangers);
    view.button(t("settings.save"), PageView::Weight::plain, label);
    view.html.close();

    view.form("/settings/listed");
    view.hidden("user", label);
    view.select("listed-" + label, t("settings.listed"), "listed",
                {{"yes", t("settings.by_name")}, {"no", t("settings.by_invite")}},
                shown.row.listed ? "yes" : "no");
    view.button(t("settings.save"), PageView::Weight::plain, label);
    view.html.close();

    const auto& delivery = shown.row.credentials.delivery;
    view.form("/settings/delivery");
    view.hidden("user", label);
    view.select("delivery-" + label, t("settings.delivery"), "mode",
                {{"default", t("settings.as_node", {sip::name(config.sip.delivery)})},
                 {"auto", t("settings.auto")},
                 {"redirect", t("settings.redirect")},
                 {"proxy", t("settings.proxy")}},
                delivery ? sip::name(*delivery) : "default");
    view.button(t("settings.save"), PageView::Weight::plain, label);
    view.html.close().close();
}

}  // namespace

void settings_view(PageView& view, const SettingsShown& shown) {
    const Texts& t = view.t;
    const Config& config = shown.config;
    view.section("users", t("settings.users"));
    view.html.element("p", t("settings.users_hint"));
    if (shown.users.empty()) view.html.element("p", t("phones.none"));
    for (const auto& each : shown.users)
        user(view, each, config);
    view.html.close();

    view.section("node", t("settings.node"));
    const auto file = config.file.empty() ? std::string("hedgewitch.toml") : config.file.string();
    view.html.open("p").sentence(t("settings.node_hint", {file})).close();
    view.html.open("dl", {{"class", "figures"}});
    const auto row = [&](const char* key, const std::string& value) {
        view.html.open("dt").element("code", key).close().element("dd", value);
    };
    row("sip.strangers", std::string(name(config.sip.strangers)));
    row("sip.stranger_rings", std::to_string(config.sip.stranger_rings));
    row("sip.caller_rings", std::to_string(config.sip.caller_rings));
    row("sip.delivery", std::string(sip::name(config.sip.delivery)));
    row("dht.enabled", config.dht.enabled ? "true" : "false");
    view.html.close().close();
}

}  // namespace node
