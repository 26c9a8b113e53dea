// node/page/page_front.cpp - one question after the other, the cheap ones first.
#include "node/page/page_front.hpp"

#include <algorithm>
#include <charconv>

#include "crypto/bytes.hpp"
#include "node/page/page_target.hpp"
#include "node/page/plain_page.hpp"
#include "sip/flow.hpp"
#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

// Nothing but what lies here, and no script or style inside of a page: a name that somebody else chose,
// should it ever get into one unescaped, does nothing. Forms go nowhere else, and nobody shows the page in a
// frame.
constexpr const char* content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

// Referrer-Policy: with "no-referrer" a browser says "Origin: null" of its own forms (Fetch, "append a
// request Origin header"), and what comes from elsewhere could not be told from them.
constexpr std::pair<const char*, const char*> on_every_answer[] = {
    {"Content-Security-Policy", content_policy},
    {"X-Frame-Options", "DENY"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
    {"Cache-Control", "no-store"},
};

bool same_text(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::size_t> length_of(std::string_view text) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return length;
}

/// Two readers would find the end of such a request at two places (RFC 9112 §6.3): two lengths, a length
/// beside chunks, a body where none belongs.
bool has_two_ends(const HttpHead& head) {
    const auto lengths = head.count("Content-Length");
    if (lengths > 1 || (lengths > 0 && head.count("Transfer-Encoding") > 0)) return true;
    const bool body =
        head.count("Transfer-Encoding") > 0 || (lengths > 0 && head.field("Content-Length") != "0");
    return body && head.method != "POST";
}

bool has_line_end(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

}  // namespace

std::string_view HttpHead::field(std::string_view name) const {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const auto& one) { return sip::equal_nocase(one.first, name); });
    return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

std::size_t HttpHead::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        fields.begin(), fields.end(), [&](const auto& one) { return sip::equal_nocase(one.first, name); }));
}

PageFront::PageFront(PageSessions& sessions, const PageHosts& hosts, const PageRoutes& routes)
    : sessions_(sessions), hosts_(hosts), routes_(routes) {}

/// Is a form from a page of ours? Browsers say where from (Origin, Sec-Fetch-Site); what is no browser says
/// nothing, and nobody's cookie comes with it.
bool PageFront::comes_from_here(const HttpHead& head) const {
    const auto site = head.field("Sec-Fetch-Site");
    if (!site.empty() && site != "same-origin" && site != "none") return false;
    const auto origin = head.field("Origin");
    return head.count("Origin") <= 1 && (origin.empty() || PageHosts::is_same(origin, head.field("Host")));
}

std::optional<PageAnswer> PageFront::refuse(const HttpHead& head, const std::string& language) {
    if (head.method != "GET" && head.method != "HEAD" && head.method != "POST") {
        ++counters_.unreadable;
        auto answer = says(405, language, "server.wrong_method");
        answer.headers.emplace_back("Allow", "GET, HEAD, POST");
        return answer;
    }
    if (has_two_ends(head)) {
        ++counters_.unreadable;
        return says(400, language, "server.unreadable");
    }
    if (head.count("Host") != 1 || !hosts_.is_ours(head.field("Host"))) {
        ++counters_.not_ours;
        return says(421, language, "server.not_ours");
    }
    if (head.method == "POST" && !comes_from_here(head)) {
        ++counters_.from_elsewhere;
        return says(403, language, "server.from_elsewhere");
    }
    return std::nullopt;
}

std::variant<PageFront::Visit, PageAnswer> PageFront::begin(const HttpHead& head, sip::Now now) {
    ++counters_.requests;
    const auto cookies = head.field("Cookie");
    const auto language = language_of(cookie_in(cookies, "language"), head.field("Accept-Language"));
    // A cookie that was never good here costs its sender a question before it costs us a look into the file.
    const auto cookie = cookie_in(cookies, cookie_name);
    if (!sessions_.was_good(cookie) && !strangers_.take(sip::source_of(head.peer), 1, now.steady)) {
        ++counters_.too_often;
        auto answer = says(429, language, "server.too_often");
        answer.headers.emplace_back("Retry-After", "60");
        return answer;
    }
    if (auto refused = refuse(head, language)) return *refused;
    Visit visit;
    visit.session = sessions_.find(cookie, now.wall);
    auto target = read_target(head.target);
    if (!target) {
        ++counters_.unreadable;
        return says(400, language, "server.unreadable");
    }
    visit.route = routes_.find(target->path);
    if (visit.route == nullptr) {
        ++counters_.not_found;
        return says(404, language, "server.not_found");
    }
    const bool form = head.method == "POST";
    if (visit.route->access == PageAccess::login && !visit.session) {
        ++counters_.no_login;
        return form || target->path == "/live" ? says(403, language, "server.no_login") : see_other("/login");
    }
    if (form) {
        // A form that does not say how long it is (chunked) is none that a browser sends.
        const auto length = length_of(head.field("Content-Length"));
        const auto most = visit.session ? max_page_form : stranger_form;
        if (!length || *length > most) {
            ++counters_.too_large;
            return says(length ? 413 : 411, language, "server.too_large");
        }
        visit.form_size = *length;
    }
    visit.request.method = form ? "POST" : "GET";
    visit.request.path = std::move(target->path);
    visit.request.query = std::move(target->query);
    visit.request.language = language;
    visit.request.logged_in = visit.session.has_value();
    if (visit.session) visit.request.csrf = visit.session->csrf;
    visit.request.peer = head.peer;
    visit.request.wants_html = head.field("Accept").find("text/html") != std::string_view::npos;
    visit.request.host = std::string(head.field("Host"));
    return visit;
}

PageAnswer PageFront::finish(Visit& visit, sip::Now now) {
    auto& request = visit.request;
    if (request.method == "POST" && visit.route->access == PageAccess::login) {
        const auto token = request.form.find("csrf");
        if (token == request.form.end() || !same_text(token->second, request.csrf)) {
            ++counters_.no_token;
            return says(403, request.language, "server.no_token");
        }
        request.form.erase(token);
    }
    if (visit.route->pages != nullptr) return visit.route->pages->answer(request, now);
    if (request.method != "POST") return see_other("/");  // /logout
    sessions_.end(*visit.session);
    auto answer = see_other("/login");
    answer.headers.push_back(set_cookie({}));
    return answer;
}

void PageFront::spare(const HttpHead& head, PageAnswer& answer) {
    if (head.method == "POST" || answer.status != 200) return;
    const auto tag = std::find_if(answer.headers.begin(), answer.headers.end(),
                                  [](const auto& one) { return one.first == "ETag"; });
    // A list of them, quotes and all, each perhaps a weak one: it is in there or not.
    if (tag == answer.headers.end() || tag->second.size() < 3 ||
        head.field("If-None-Match").find(tag->second) == std::string_view::npos)
        return;
    answer.status = 304;
    answer.body.clear();
}

PageAnswer PageFront::failed(std::string_view language) {
    ++counters_.failed;
    return says(500, language, "server.failed");
}

std::vector<std::pair<std::string, std::string>> PageFront::fields(const PageAnswer& answer) {
    std::vector<std::pair<std::string, std::string>> fields;
    for (const auto& [name, value] : answer.headers) {
        if (!has_line_end(name) && !has_line_end(value)) fields.emplace_back(name, value);
    }
    const auto said = fields.size();
    for (const auto& [name, value] : on_every_answer) {
        const bool theirs = std::any_of(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(said),
                                        [wanted = std::string_view(name)](const auto& one) {
                                            return sip::equal_nocase(one.first, wanted);
                                        });
        if (!theirs) fields.emplace_back(name, value);
    }
    if (!has_line_end(answer.type)) fields.emplace_back("Content-Type", answer.type);
    if (!answer.location.empty() && !has_line_end(answer.location))
        fields.emplace_back("Location", answer.location);
    return fields;
}

std::pair<std::string, std::string> PageFront::set_cookie(const std::string& cookie) {
    const auto lasts = std::chrono::seconds(cookie.empty() ? std::chrono::days(0) : PageSessions::idle);
    return {"Set-Cookie",
            std::string(cookie_name) + "=" + cookie +
                "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(lasts.count())};
}

}  // namespace node
