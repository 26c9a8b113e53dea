// node/page/login_pages.cpp - two forms, and what becomes of them.
#include "node/page/login_pages.hpp"

#include "node/page/page_front.hpp"
#include "node/page/plain_page.hpp"
#include "node/page/texts.hpp"

namespace node {
namespace {

constexpr std::string_view first_path = "/first/";

std::string paragraph(std::string_view text, std::string_view role = {}) {
    return "<p" + (role.empty() ? std::string() : " role=\"" + std::string(role) + "\"") + ">" +
           std::string(text) + "</p>\n";
}

std::string password_field(std::string_view label, std::string_view autocomplete) {
    return "<p><label for=\"password\">" + std::string(label) +
           "</label><br>\n<input type=\"password\" id=\"password\" name=\"password\" maxlength=\"256\" "
           "autocomplete=\"" +
           std::string(autocomplete) + "\"></p>\n";
}

std::string button(std::string_view text) {
    return "<p><button type=\"submit\">" + std::string(text) + "</button></p>\n</form>\n";
}

PageAnswer page(int status, const PageRequest& request, std::string_view title, const std::string& main) {
    PageAnswer answer;
    answer.status = status;
    answer.body = plain_page(request.language, title, main);
    return answer;
}

/// `wrong`: why it is shown again.
PageAnswer login_form(int status, const PageRequest& request, std::string_view wrong) {
    const Texts text(request.language);
    std::string main = wrong.empty() ? std::string() : paragraph(wrong, "alert");
    main += "<form method=\"post\" action=\"/login\">\n";
    main += password_field(text("login.password"), "current-password") + button(text("login.button"));
    return page(status, request, text("login.title"), main);
}

PageAnswer first_form(int status, const PageRequest& request, std::string_view wrong) {
    const Texts text(request.language);
    std::string main = wrong.empty() ? std::string() : paragraph(wrong, "alert");
    // Of base32 letters alone, as is_good() has found: nothing to escape.
    main += paragraph(text("first.text")) + "<form method=\"post\" action=\"" + request.path + "\">\n";
    main += password_field(text("first.password"), "new-password") + button(text("first.button"));
    return page(status, request, text("first.title"), main);
}

std::string_view password_in(const PageRequest& request) {
    const auto found = request.form.find("password");
    return found == request.form.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

PageAnswer LoginPages::answer(const PageRequest& request, sip::Now now) {
    if (request.path.starts_with(first_path)) return first(request, now);
    if (request.method == "POST") return log_in(request, now);
    if (request.logged_in) return see_other("/");
    const Texts text(request.language);
    if (!sessions_.has_password())
        return page(200, request, text("login.title"), paragraph(text("login.no_password")));
    return login_form(200, request, {});
}

PageAnswer LoginPages::log_in(const PageRequest& request, sip::Now now) {
    const Texts text(request.language);
    if (!gate_.may_look(request.peer)) {
        auto answer = login_form(429, request, text("login.too_many_guesses"));
        answer.headers.emplace_back("Retry-After", "60");
        return answer;
    }
    if (sessions_.is_password(password_in(request))) return begin(now);
    gate_.was_wrong(request.peer);
    return login_form(403, request,
                      sessions_.has_password() ? text("login.wrong_password") : text("login.no_password"));
}

PageAnswer LoginPages::first(const PageRequest& request, sip::Now now) {
    const Texts text(request.language);
    const auto link = std::string_view(request.path).substr(first_path.size());
    if (!sessions_.is_good(link, now.wall))
        return page(403, request, text("first.title"), paragraph(text("first.link_used")));
    if (request.method != "POST") return first_form(200, request, {});
    const auto password = password_in(request);
    if (!password.empty() && !PageSessions::why_not(password).empty())
        return first_form(400, request, text("first.weak_password"));
    if (!sessions_.take(link, now.wall))
        return page(403, request, text("first.title"), paragraph(text("first.link_used")));
    if (!password.empty() && !sessions_.set_password(password))
        return says(500, request.language, "server.failed");
    return begin(now);
}

PageAnswer LoginPages::begin(sip::Now now) {
    auto answer = see_other("/");
    answer.headers.push_back(PageFront::set_cookie(sessions_.begin(now.wall)));
    return answer;
}

}  // namespace node
