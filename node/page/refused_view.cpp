// node/page/refused_view.cpp - refusals, each with why; what never happened is not listed.
#include "node/page/refused_view.hpp"
#include <array>

namespace node {
namespace {

struct Figure {
    std::string name;
    std::uint64_t count;
};

/// Nothing but zeros: says so.
void figures(PageView& view, const std::vector<Figure>& all) {
    bool any = false;
    for (const auto& [name, count] : all) {
        if (count == 0) continue;
        if (!any) view.html.open("dl", {{"class", "figures"}});
        any = true;
        view.html.element("dt", name).element("dd", std::to_string(count));
    }
    if (any) view.html.close();
    if (!any) view.html.element("p", view.t("refused.nothing"));
}

std::vector<Figure> named(const Counts& counts) {
    std::vector<Figure> all;
    for (const auto& [name, count] : counts)
        all.push_back({name, count});
    return all;
}

/// 4xx, 5xx and 6xx that are no part of a good call: 401 and 407 ask for a password, 487 is hanging up early.
std::vector<Figure> refusals(const Counts& answers) {
    constexpr std::array<std::string_view, 3> ordinary{"401", "407", "487"};
    std::vector<Figure> all;
    for (const auto& [status, count] : answers) {
        const bool refused = !status.empty() && status.front() >= '4' && status.front() <= '6';
        if (refused && std::find(ordinary.begin(), ordinary.end(), status) == ordinary.end())
            all.push_back({status, count});
    }
    return all;
}

}  // namespace

void refused_view(PageView& view, const NodeStatus& status) {
    const Texts& t = view.t;
    view.section("logins", t("refused.logins"), PageView::Kept::live);
    if (status.sip.login_failures.empty()) view.html.element("p", t("refused.no_logins"));
    for (const auto& failure : status.sip.login_failures) {
        view.says(failure.says);
        view.html.element("p",
                          t("refused.times",
                            {std::to_string(failure.times), std::to_string((failure.seconds_ago + 59) / 60)}),
                          {{"class", "hint"}});
    }
    view.html.close();

    const InboundStatus& in = status.inbound;
    view.section("calls", t("refused.calls"), PageView::Kept::live);
    figures(view, {{t("refused.strangers"), in.refused},
                   {t("refused.limited"), in.limited},
                   {t("refused.ignored"), in.ignored + in.silent},
                   {t("refused.scanners"), in.scanners},
                   {t("refused.revoked"), in.revoked},
                   {t("refused.unchecked"), in.unchecked}});
    view.html.close();

    view.section("requests", t("refused.requests"), PageView::Kept::live);
    figures(view, {{t("refused.passwords"), status.sip.credentials_refused},
                   {t("refused.replays"), status.sip.replays_refused},
                   {t("refused.relays"), status.sip.relay_refused},
                   {t("refused.dialogs"), status.sip.dialogs_refused},
                   {t("refused.unreadable"), status.sip.unreadable},
                   {t("refused.connections"), status.transport.connections_refused},
                   {t("refused.closed"), status.transport.connections_closed_bad}});
    view.html.close();

    view.section("answers", t("refused.answers"), PageView::Kept::live);
    view.html.element("p", t("refused.answers_hint"));
    figures(view, refusals(status.sip.answers));
    view.html.close();

    if (!status.overlay.enabled) return;
    view.section("stored", t("refused.stored"), PageView::Kept::live);
    figures(view, named(status.overlay.refused_as_storer));
    view.html.close();
    view.section("looked-up", t("refused.looked_up"), PageView::Kept::live);
    figures(view, named(status.overlay.refused_as_caller));
    view.html.close();
}

}  // namespace node
