// node/page/trust_view.cpp - keys that wait for a decision come first.
#include "node/page/trust_view.hpp"
#include <algorithm>

#include "crypto/name.hpp"
#include "node/actions/trust.hpp"

namespace node {
namespace {

void decision(PageView& view, const TrustEntry& entry) {
    const std::string key = crypto::encode_name(*entry.new_key);
    view.html.open("div", {{"class", "notice refused"}});
    view.html.element("p", view.t("trust.waits", {day_text(entry.new_seen)}));
    view.html.open("p").element("code", key).close();
    view.html.element("p", view.t("trust.ask_them"));
    if (entry.from_config) {
        view.html.element("p", view.t("trust.pinned_in_file"));
    } else {
        view.form("/trust/accept");
        view.hidden("name", entry.name);
        view.hidden("key", key);
        view.button(view.t("trust.accept"), PageView::Weight::main, entry.name);
        view.html.close();
    }
    view.form("/trust/reject");
    view.hidden("name", entry.name);
    view.hidden("key", key);
    view.button(view.t("trust.reject"), PageView::Weight::plain, entry.name);
    view.html.close().close();
}

void entry_article(PageView& view, const TrustEntry& entry, std::size_t number,
                   std::chrono::sys_seconds now) {
    const std::string id = "trust-" + std::to_string(number);
    view.html.open("article", {{"aria-labelledby", id}});
    view.html.open("h3", {{"id", id}});
    view.name(entry.name);
    view.html.close();
    view.html.open("p").text(std::string(shown_as(entry.source)) + ": ");
    view.html.element("code", crypto::encode_name(entry.key)).close();
    view.says(age_text(entry, now));
    if (entry.new_key) decision(view, entry);
    if (!entry.from_config) {
        view.danger("/trust/forget", view.t("trust.forget"), entry.name, view.t("trust.forget_warning"),
                    {{"name", entry.name}});
    }
    view.html.close();
}

}  // namespace

void trust_view(PageView& view, const std::vector<TrustEntry>& entries, std::chrono::sys_seconds now) {
    std::vector<TrustEntry> sorted = entries;
    std::stable_partition(sorted.begin(), sorted.end(),
                          [](const TrustEntry& entry) { return entry.new_key.has_value(); });
    view.section("names", view.t("trust.names"));
    view.html.element("p", view.t("trust.hint"));
    if (sorted.empty()) view.html.element("p", view.t("trust.none"));
    std::size_t number = 0;
    for (const auto& entry : sorted)
        entry_article(view, entry, ++number, now);
    view.html.close();

    view.section("pin", view.t("trust.pin"));
    view.html.element("p", view.t("trust.pin_hint"));
    view.form("/trust/pin");
    view.input("pin-name", view.t("trust.name"),
               {{"name", "name"},
                {"type", "text"},
                {"required"},
                {"maxlength", "320"},
                {"autocomplete", "off"},
                {"value", view.filled("/trust/pin", "name")}},
               view.t("trust.name_hint"));
    view.input("pin-key", view.t("trust.key"),
               {{"name", "key"},
                {"type", "text"},
                {"required"},
                {"maxlength", "1024"},
                {"autocomplete", "off"},
                {"value", view.filled("/trust/pin", "key")}},
               view.t("trust.key_hint"));
    view.button(view.t("trust.pin_button"));
    view.html.close().close();
}

}  // namespace node
