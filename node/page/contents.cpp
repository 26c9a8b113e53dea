// node/page/contents.cpp - which page is asked for, and what it is handed.
#include "node/page/contents.hpp"

#include "node/page/overview_view.hpp"
#include "node/page/page_actions.hpp"
#include "node/page/page_view.hpp"
#include "node/page/people_view.hpp"
#include "node/page/phones_view.hpp"
#include "node/page/reach_question.hpp"
#include "node/page/refused_view.hpp"
#include "node/page/settings_view.hpp"
#include "node/page/trust_view.hpp"
#include "node/state/binding_table.hpp"
#include "node/status/status_text.hpp"

namespace node {
namespace {

/// "/people/add" belongs to "/people".
std::string page_of(const std::string& path) {
    return path.substr(0, path.find('/', 1));
}

/// The key of the texts of a page; empty: there is no such page.
std::string part_of(const std::string& path) {
    if (path == "/") return "overview";
    for (const char* part : {"phones", "people", "trust", "refused", "settings"}) {
        if (path.compare(1, std::string::npos, part) == 0) return part;
    }
    return {};
}

}  // namespace

Contents::Contents(const Config& config, StatePaths paths, NodeCommands& node)
    : config_(config), paths_(std::move(paths)), node_(node) {}

PageAnswer Contents::answer(const PageRequest& request, sip::Now now) {
    if (!request.logged_in) return see_other("/login");  // the server has looked; trust fails closed
    if (request.method == "POST" && request.path == "/language") return set_language(request);
    return request.method == "POST" ? act(request, now) : show(request, now);
}

PageAnswer Contents::show(const PageRequest& request, sip::Now now) {
    const Texts texts(request.language);
    const auto word = request.query.find("shown");
    PageView view(request, texts,
                  word == request.query.end() ? std::nullopt : notices_.take(word->second, now.steady));
    const std::string part = part_of(request.path);
    view.begin(part.empty() ? "error" : part);
    PageAnswer answer;
    if (part == "phones") {
        phones(view, now.wall);
    } else if (part == "people") {
        people(view);
    } else if (part == "settings") {
        settings(view);
    } else if (part == "trust") {
        OpenState state(config_, paths_);
        trust_view(view, state.trust().all(), now.wall);
    } else if (part.empty()) {
        answer.status = 404;
        view.html.element("p", texts("error.no_page"));
    } else if (const auto now_so = status(view)) {
        part == "refused" ? refused_view(view, *now_so) : overview_view(view, *now_so);
    }
    answer.body = view.end();
    return answer;
}

PageAnswer Contents::act(const PageRequest& request, sip::Now now) {
    const Texts texts(request.language);
    std::optional<Notice> notice;
    if (request.path == "/people/reach") {
        const auto word = notices_.keep(ask(request), now.steady);
        return see_other("/people?shown=" + word);
    }
    try {
        OpenState state(config_, paths_);
        notice = do_action(request, {state, node_, texts});
        if (!notice) return show(request, now);
        if (const auto told = node_.ask({{"command", "reload"}}); !told)
            notice->own.push_back(texts("error.not_told", {told.error()}));
        if (!notice->link_for.empty()) fetch_link(*notice, texts);
    } catch (const std::runtime_error& e) {
        notice =
            Notice{.refused = true, .says = e.what(), .path = request.path, .form = to_be_mended(request)};
    }
    const std::string word = notices_.keep(std::move(*notice), now.steady);
    return see_other(page_of(request.path) + "?shown=" + word);
}

Notice Contents::ask(const PageRequest& request) {
    const auto question = typed(request, "how") == "explain" ? ReachQuestion::explain : ReachQuestion::ping;
    try {
        return ask_reach(node_, question, typed(request, "whom"));
    } catch (const std::runtime_error& e) {
        return {.refused = true, .says = e.what(), .path = request.path, .form = to_be_mended(request)};
    }
}

/// From the running node, which keeps links until they are used.
void Contents::fetch_link(Notice& notice, const Texts& texts) {
    nlohmann::ordered_json request{{"command", "link"}, {"user", notice.link_for}};
    if (notice.phone) request["password"] = notice.phone->password;
    const auto answer = node_.ask(request);
    try {
        if (answer) notice.link = answer->get<LinkReport>();
    } catch (
        const nlohmann::json::exception&) {  // a node of another version: it is told as one without links
    }
    if (!notice.link) notice.own.push_back(texts("phones.no_link", {answer ? "" : answer.error()}));
}

PageAnswer Contents::set_language(const PageRequest& request) {
    const auto field = [&](const char* name) {
        const auto found = request.form.find(name);
        return found == request.form.end() ? std::string() : found->second;
    };
    const Texts texts(field("to"));  // one of ours, whatever was sent
    const std::string back = field("back");
    PageAnswer answer = see_other(part_of(back).empty() ? "/" : back);
    answer.headers.emplace_back("Set-Cookie",
                                "language=" + std::string(texts.language().code) +
                                    "; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Strict");
    return answer;
}

std::optional<NodeStatus> Contents::status(PageView& view) {
    const auto answer = node_.ask({{"command", "status"}});
    std::string why;
    if (!answer) {
        why = answer.error();
    } else {
        try {
            return answer->get<NodeStatus>();
        } catch (const nlohmann::json::exception& e) {
            why = e.what();
        }
    }
    view.html.element("p", view.t("error.no_node", {why}), {{"role", "alert"}});
    return std::nullopt;
}

void Contents::phones(PageView& view, std::chrono::sys_seconds now) {
    OpenState state(config_, paths_);
    const auto now_so = status(view);
    const std::vector<std::string> sentences =
        now_so && !now_so->users.empty() ? status_sentences(*now_so).users : std::vector<std::string>();
    auto bindings = BindingTable(state.database()).load();
    PhonesShown shown{{}, now};
    for (auto& row : state.users().all()) {
        PhonesShown::User user;
        user.can_log_in = row.realm == config_.sip.realm;
        for (std::size_t i = 0; i < sentences.size(); ++i) {
            if (now_so->users[i].user == row.label) user.says = sentences[i];
        }
        for (std::size_t i = 0; now_so && i < now_so->sip.login_failures.size(); ++i) {
            const auto& failure = now_so->sip.login_failures[i];
            if (concerns(failure, row.label)) user.faults.push_back(failure.says);
        }
        for (auto& binding : bindings[row.label]) {
            if (binding.expires > shown.now) user.phones.push_back(std::move(binding));
        }
        user.row = std::move(row);
        shown.users.push_back(std::move(user));
    }
    phones_view(view, shown);
}

void Contents::people(PageView& view) {
    OpenState state(config_, paths_);
    PeopleShown shown{state.contacts().all(), state.callers().waiting(), state.callers().blocked(), {}, {}};
    for (const auto& user : state.users().all()) {
        shown.users.push_back(user.label);
        if (auto rows = state.invites().of(user.label); !rows.empty())
            shown.invites.emplace_back(user.label, std::move(rows));
    }
    people_view(view, shown);
}

void Contents::settings(PageView& view) {
    OpenState state(config_, paths_);
    SettingsShown shown{{}, config_};
    for (auto& row : state.users().all()) {
        const auto mode = state.callers().mode_of(row.label);
        shown.users.push_back({std::move(row), mode ? std::string(name(*mode)) : "default"});
    }
    settings_view(view, shown);
}

}  // namespace node
