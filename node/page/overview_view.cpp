// node/page/overview_view.cpp - the sentences of `hedgewitch status`, in its order.
#include "node/page/overview_view.hpp"
#include <fmt/format.h>

#include "node/status/status_text.hpp"

namespace node {
namespace {

void all(PageView& view, const std::vector<std::string>& sentences) {
    for (const auto& sentence : sentences)
        view.says(sentence);
}

std::string duration(const Texts& t, std::int64_t seconds) {
    const auto minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
    if (days > 0) return t("overview.days", {std::to_string(days), std::to_string(hours % 24)});
    if (hours > 0) return t("overview.hours", {std::to_string(hours), std::to_string(minutes % 60)});
    return t("overview.minutes", {std::to_string(minutes)});
}

}  // namespace

void overview_view(PageView& view, const NodeStatus& status) {
    const StatusSentences sentences = status_sentences(status);
    view.html.open("div", {{"id", "needs-you"}, {"data-live", "yes"}});  // there, so that a warning can come
    if (!sentences.warnings.empty()) {
        view.section("warnings", view.t("overview.warnings"));
        all(view, sentences.warnings);
        view.html.close();
    }
    view.html.close();
    view.section("reach", view.t("overview.reach"), PageView::Kept::live);
    all(view, sentences.reach);
    all(view, sentences.dns);
    view.html.close();
    view.section("users", view.t("overview.users"), PageView::Kept::live);
    all(view, sentences.users);
    view.html.open("p").element("a", view.t("overview.add_phone"), {{"href", "/phones"}}).close();
    view.html.close();
    view.section("about", view.t("overview.about"), PageView::Kept::live);
    view.html.open("dl");
    view.html.element("dt", view.t("overview.address"))
        .open("dd")
        .element("code", status.about.address)
        .close();
    view.html.element("dt", view.t("overview.running"))
        .element("dd", duration(view.t, status.about.running_for_s));
    view.html.element("dt", view.t("overview.version")).element("dd", status.about.version);
    view.html.close().close();
}

}  // namespace node
