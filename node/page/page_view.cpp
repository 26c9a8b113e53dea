// node/page/page_view.cpp - the frame, the forms.
#include "node/page/page_view.hpp"

#include <fmt/format.h>

#include <array>
#include <sstream>
#include <stdexcept>

#include "node/names/password.hpp"
#include "node/names/qr.hpp"
#include "node/page/phone/phone_files.hpp"

namespace node {
namespace {

struct Part {
    std::string_view key, path;
};
constexpr std::array<Part, 6> parts{{{"overview", "/"},
                                     {"phones", "/phones"},
                                     {"people", "/people"},
                                     {"trust", "/trust"},
                                     {"refused", "/refused"},
                                     {"settings", "/settings"}}};

/// A path of the picture in which each dark module is a square.
std::string path_of(const QrModules& code) {
    std::string path;
    for (int y = 0; y < code.width; ++y) {
        for (int x = 0; x < code.width; ++x) {
            if (!code.is_dark(x, y)) continue;
            int length = 1;
            while (code.is_dark(x + length, y))
                ++length;
            path += fmt::format("M{} {}h{}v1h-{}z", x + qr_quiet_zone, y + qr_quiet_zone, length, length);
            x += length;
        }
    }
    return path;
}

}  // namespace

PageView::PageView(const PageRequest& request, const Texts& texts, std::optional<Notice> notice)
    : t(texts), request_(request), notice_(std::move(notice)) {}

std::string PageView::filled(const std::string& path, const std::string& field) const {
    if (!notice_ || !notice_->refused || notice_->path != path) return {};
    const auto found = notice_->form.find(field);
    return found == notice_->form.end() ? std::string() : found->second;
}

void PageView::begin(std::string_view part) {
    const std::string title = t(fmt::format("{}.title", part));
    for (const auto& each : parts) {
        if (each.key == part) path_ = each.path;
    }
    html.open("html", {{"lang", std::string(t.language().code)}});
    html.open("head").single("meta", {{"charset", "utf-8"}});
    html.single("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
    html.single("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
    html.element("title", title + " - Hedgewitch");
    html.single("link", {{"rel", "stylesheet"}, {"href", "/static/page.css"}});
    html.single("link", {{"rel", "icon"}, {"href", "/static/icon.svg"}, {"type", "image/svg+xml"}});
    html.script("/static/live.js").close();
    html.open("body").element("a", t("frame.skip"), {{"class", "skip"}, {"href", "#main"}});
    navigation(part);
    html.open("main", {{"id", "main"}, {"tabindex", "-1"}}).element("h1", title);
    show_notice();
}

void PageView::navigation(std::string_view part) {
    html.open("header").open("div", {{"class", "brand"}}).element("span", "Hedgewitch").close();
    html.open("nav", {{"aria-label", t("frame.navigation")}}).open("ul");
    for (const auto& each : parts) {
        HtmlWriter::Attributes attributes{{"href", std::string(each.path)}};
        if (each.key == part) attributes.push_back({"aria-current", "page"});
        html.open("li").element("a", t(fmt::format("{}.nav", each.key)), attributes).close();
    }
    if (!phone_files().empty())  // built without, there is nothing to lead to
        html.open("li").element("a", t("frame.softphone"), {{"href", "/phone"}}).close();
    html.close().close().close();
}

void PageView::foot() {
    html.open("footer");
    form("/language");
    hidden("back", path_);
    html.open("p").element("span", t("frame.language"), {{"class", "label"}});
    for (const auto& language : languages()) {
        const bool current = &language == &t.language();
        html.open("button", {{"type", "submit"},
                             {"name", "to"},
                             {"value", language.code},
                             {"class", "plain"},
                             {"lang", language.code},
                             {"aria-pressed", current ? "true" : "false"}});
        html.text(language.name).close();
    }
    html.close().close();
    form("/logout");
    button(t("frame.logout"), Weight::plain);
    html.close().close();
}

std::string PageView::end() {
    html.close();  // main
    foot();
    return html.take();
}

void PageView::show_notice() {
    if (!notice_) return;
    html.open("div", {{"class", notice_->refused ? "notice refused" : "notice"},
                      {"id", "notice"},
                      {"role", notice_->refused ? "alert" : "status"}});
    if (notice_->refused) html.element("strong", t("frame.refused"));
    for (const auto& sentence : notice_->own)
        html.open("p").sentence(sentence).close();
    std::istringstream lines(notice_->says);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty()) says(line);
    }
    if (!notice_->asked.empty()) {
        html.open("details").element("summary", t("people.all_asked"));
        html.element("pre", notice_->asked, {{"lang", "en"}}).close();
    }
    show_phone();
    show_link();
    if (!notice_->invite.empty()) {
        html.element("p", t("people.invite_send"));
        qr(notice_->invite, t("people.invite_picture"));
        area("invite-made", t("people.invite_text"), "made", notice_->invite);
        html.open("p").sentence(t("people.invite_how")).close();
    }
    for (const auto& note : notice_->notes)
        says(note);
    html.close();
}

/// What is typed into the phone.
void PageView::show_phone() {
    if (!notice_->phone) return;
    const auto& phone = *notice_->phone;
    html.element("p", t("phones.settings"));
    html.open("dl");
    html.element("dt", t("phones.user")).element("dd", phone.user);
    if (notice_->password_was_made) {
        html.element("dt", t("phones.password"))
            .open("dd")
            .element("code", phone.password, {{"id", "password-made"}});
        html.text(" " + t("phones.password_once", {in_groups(phone.password)})).close();
    }
    html.element("dt", t("phones.server"))
        .element("dd", phone.server.empty() ? t("phones.no_server") : phone.server);
    if (!phone.server.empty()) html.element("dt", t("phones.proxy")).element("dd", phone.server);
    if (!phone.address.empty()) html.element("dt", t("phones.address")).element("dd", phone.address);
    html.close();
}

/// What the phone scans instead.
void PageView::show_link() {
    if (!notice_->link) return;
    html.element("p", t("phones.link"));
    qr(notice_->link->url, t("phones.link_picture"));
    area("link-made", t("phones.link_text"), "made", notice_->link->url);
    for (const auto& sentence : link_sentences(*notice_->link))
        says(sentence);
}

void PageView::section(std::string_view id, std::string_view title, Kept kept) {
    const std::string heading = std::string(id) + "-heading";
    HtmlWriter::Attributes attributes{{"id", std::string(id)}, {"aria-labelledby", heading}};
    if (kept == Kept::live) attributes.push_back({"data-live", "yes"});
    html.open("section", attributes).element("h2", title, {{"id", heading}});
}

void PageView::says(std::string_view sentence) {
    const Texts::Said said = t.sentence(sentence);
    HtmlWriter::Attributes attributes;
    if (said.language != t.language().code) attributes.push_back({"lang", std::string(said.language)});
    html.open("p", attributes).sentence(said.text).close();
}

void PageView::name(std::string_view text) {
    html.element("bdi", text);
}

void PageView::form(const std::string& path, Sends sends) {
    HtmlWriter::Attributes attributes{{"method", "post"}, {"action", path}};
    if (sends == Sends::file) attributes.push_back({"enctype", "multipart/form-data"});
    html.open("form", attributes);
    hidden("csrf", request_.csrf);
}

void PageView::hidden(std::string_view name, std::string_view value) {
    html.single("input", {{"type", "hidden"}, {"name", std::string(name)}, {"value", std::string(value)}});
}

void PageView::hint(const std::string& id, std::string_view text) {
    if (!text.empty()) html.element("span", text, {{"class", "hint"}, {"id", id + "-hint"}});
}

void PageView::input(const std::string& id, std::string_view label, HtmlWriter::Attributes attributes,
                     std::string_view hint_text) {
    attributes.push_back({"id", id});
    if (!hint_text.empty()) attributes.push_back({"aria-describedby", id + "-hint"});
    html.open("p", {{"class", "field"}}).element("label", label, {{"for", id}});
    html.single("input", attributes);
    hint(id, hint_text);
    html.close();
}

void PageView::area(const std::string& id, std::string_view label, std::string_view name,
                    std::string_view value, std::string_view hint_text) {
    HtmlWriter::Attributes attributes{{"id", id},
                                      {"name", std::string(name)},
                                      {"rows", "4"},
                                      {"autocomplete", "off"},
                                      {"autocapitalize", "off"},
                                      {"spellcheck", "false"}};
    if (!hint_text.empty()) attributes.push_back({"aria-describedby", id + "-hint"});
    html.open("p", {{"class", "field"}}).element("label", label, {{"for", id}});
    html.element("textarea", value, attributes);
    hint(id, hint_text);
    html.close();
}

void PageView::select(const std::string& id, std::string_view label, std::string_view name,
                      const std::vector<Choice>& choices, std::string_view chosen) {
    html.open("p", {{"class", "field"}}).element("label", label, {{"for", id}});
    html.open("select", {{"id", id}, {"name", std::string(name)}});
    for (const auto& [value, text] : choices) {
        HtmlWriter::Attributes attributes{{"value", value}};
        if (value == chosen) attributes.push_back({"selected"});
        html.element("option", text, attributes);
    }
    html.close().close();
}

void PageView::checkbox(const std::string& id, std::string_view label, std::string_view name, bool checked) {
    HtmlWriter::Attributes attributes{
        {"type", "checkbox"}, {"id", id}, {"name", std::string(name)}, {"value", "yes"}};
    if (checked) attributes.push_back({"checked"});
    html.open("p", {{"class", "check"}})
        .single("input", attributes)
        .element("label", label, {{"for", id}})
        .close();
}

void PageView::button(std::string_view label, Weight weight, std::string_view of) {
    HtmlWriter::Attributes attributes{{"type", "submit"}};
    if (weight == Weight::plain) attributes.push_back({"class", "plain"});
    if (weight == Weight::danger) attributes.push_back({"class", "danger"});
    html.open("button", attributes).text(label);
    if (!of.empty()) {
        html.open("span", {{"class", "unseen"}}).text(" ");
        name(of);
        html.close();
    }
    html.close();
}

void PageView::danger(const std::string& path, std::string_view label, std::string_view of,
                      std::string_view warning,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    html.open("details").open("summary").text(label).open("span", {{"class", "unseen"}}).text(" ");
    name(of);
    html.close().close();
    html.element("p", warning);
    form(path);
    for (const auto& [field, value] : fields)
        hidden(field, value);
    button(label, Weight::danger, of);
    html.close().close();
}

void PageView::qr(const std::string& text, std::string_view label) {
    QrModules code;
    try {
        code = qr_modules(text);
    } catch (const std::runtime_error&) {
        return;  // the text stands beside it
    }
    const std::string side = std::to_string(code.width + 2 * qr_quiet_zone);
    html.open("svg", {{"class", "qr"},
                      {"role", "img"},
                      {"aria-label", std::string(label)},
                      {"viewBox", fmt::format("0 0 {} {}", side, side)},
                      {"shape-rendering", "crispEdges"}});
    html.open("rect", {{"width", side}, {"height", side}, {"fill", "#fff"}}).close();
    html.open("path", {{"d", path_of(code)}, {"fill", "#000"}}).close();
    html.close();
}

}  // namespace node
