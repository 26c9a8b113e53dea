// tests/node/page/page_front_test.cpp - everything that is refused before anybody fills a page, and the ways
// in.
#include "node/page/page_front.hpp"

#include <gmock/gmock.h>

#include <set>

#include "node/page/login_pages.hpp"
#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

struct Gate final : LoginGate {
    bool may_look(const asio::ip::address&) override { return ++asked, left > 0; }
    void was_wrong(const asio::ip::address&) override { --left; }
    int asked = 0, left = 12;
};

/// Says what it was asked.
struct Told final : Pages {
    PageAnswer answer(const PageRequest& request, sip::Now) override {
        last = request;
        ++times;
        return reply;
    }
    PageRequest last;
    PageAnswer reply;
    int times = 0;
};

struct PageFrontTest : StateTest {
    PageFrontTest() {
        routes.add("/", PageAccess::login, &view);
        routes.add("/logout", PageAccess::login, nullptr);
        routes.add("/live", PageAccess::login, nullptr);
        routes.add("/login", PageAccess::open, &login);
        routes.add("/first/*", PageAccess::open, &login);
        routes.add("/p", PageAccess::open, &open_view);
        now.wall = std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000));
    }

    using Fields = std::vector<std::pair<std::string, std::string>>;
    HttpHead head(const std::string& method, const std::string& target, Fields more = {}) {
        HttpHead head{method, target, {{"Host", "192.168.1.20:8443"}}, asio::ip::make_address(peer)};
        if (!cookie.empty()) head.fields.emplace_back("Cookie", "x=y; __Host-hedgewitch=" + cookie);
        if (method == "POST") head.fields.emplace_back("Content-Length", "9");
        for (auto& field : more) {
            std::erase_if(head.fields, [&](const auto& one) { return one.first == field.first; });
            head.fields.push_back(std::move(field));
        }
        return head;
    }
    PageAnswer ask(const HttpHead& asked, std::map<std::string, std::string> form = {}) {
        auto begun = front.begin(asked, now);
        if (auto* const answer = std::get_if<PageAnswer>(&begun)) return *answer;
        auto& visit = std::get<PageFront::Visit>(begun);
        visit.request.form = std::move(form);
        return front.finish(visit, now);
    }
    int get(const std::string& target, Fields more = {}) {
        return ask(head("GET", target, std::move(more))).status;
    }
    int post(const std::string& target, std::map<std::string, std::string> form, Fields more = {}) {
        return ask(head("POST", target, std::move(more)), std::move(form)).status;
    }
    void log_in() {
        cookie = sessions.begin(now.wall);
        csrf = sessions.find(cookie, now.wall)->csrf;
    }
    /// The cookie that an answer sets.
    void take_cookie(const PageAnswer& answer) {
        for (const auto& [name, value] : answer.headers) {
            if (name == "Set-Cookie") cookie = value.substr(value.find('=') + 1, 56);
        }
    }

    Database db = open();
    PageSessions sessions{db};
    const PageHosts hosts{{"box"}};
    PageRoutes routes;
    Gate gate;
    Told view, open_view;
    LoginPages login{sessions, gate};
    PageFront front{sessions, hosts, routes};
    sip::Now now{};
    std::string cookie, csrf, peer = "192.168.1.30";
};

TEST_F(PageFrontTest, without_a_login_a_browser_is_led_to_it_and_a_form_is_refused) {
    const auto answer = ask(head("GET", "/people"));
    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.location, "/login");
    EXPECT_EQ(post("/people", {{"csrf", "x"}}), 403);
    EXPECT_EQ(get("/live"), 403);
    cookie = std::string(56, 'a');
    EXPECT_EQ(get("/people"), 303) << "a cookie that is none";
    EXPECT_EQ(view.times, 0);
    EXPECT_EQ(front.counters().no_login, 4U);
}

TEST_F(PageFrontTest, who_is_logged_in_is_answered_in_his_language_by_whose_path_it_is) {
    log_in();
    EXPECT_EQ(get("/people?name=b%C3%B6b", {{"Accept-Language", "de-AT"}}), 200);
    EXPECT_EQ(view.last.path, "/people");
    EXPECT_EQ(view.last.query.at("name"), "böb");
    EXPECT_EQ(view.last.language, "de");
    EXPECT_EQ(view.last.host, "192.168.1.20:8443");
    EXPECT_EQ(view.last.csrf, csrf);
    EXPECT_TRUE(view.last.logged_in);
    EXPECT_EQ(ask(head("HEAD", "/people")).status, 200);
    EXPECT_EQ(view.last.method, "GET");
}

TEST_F(PageFrontTest, a_session_that_has_ended_or_was_never_is_none) {
    log_in();
    const auto stolen = cookie;
    EXPECT_EQ(post("/logout", {{"csrf", csrf}}), 303);
    EXPECT_EQ(get("/"), 303) << "logged out";
    cookie = stolen;
    EXPECT_EQ(post("/people", {{"csrf", csrf}}), 403) << "and whoever had its cookie";
    EXPECT_EQ(view.times, 0);
}

TEST_F(PageFrontTest, a_form_without_the_token_of_its_session_is_refused) {
    log_in();
    const auto other = sessions.find(sessions.begin(now.wall), now.wall)->csrf;
    for (const auto& wrong : {std::string(), std::string("x"), other, csrf + "a", csrf.substr(1)})
        EXPECT_EQ(post("/people", {{"csrf", wrong}, {"name", "eve"}}), 403) << wrong;
    EXPECT_EQ(post("/people", {{"name", "eve"}}), 403);
    EXPECT_EQ(post("/logout", {}), 403);
    EXPECT_EQ(view.times, 0);
    EXPECT_EQ(post("/people", {{"csrf", csrf}, {"name", "bob"}}), 200);
    EXPECT_EQ(view.last.form, (std::map<std::string, std::string>{{"name", "bob"}}));
    EXPECT_EQ(front.counters().no_token, 7U);
}

TEST_F(PageFrontTest, a_form_of_somebody_elses_page_is_refused_whatever_it_holds) {
    log_in();
    const std::map<std::string, std::string> form{{"csrf", csrf}};
    for (const auto* origin :
         {"https://evil.example", "http://192.168.1.20:8443", "https://192.168.1.20", "null"})
        EXPECT_EQ(post("/people", form, {{"Origin", origin}}), 403) << origin;
    for (const auto* site : {"cross-site", "same-site"})
        EXPECT_EQ(post("/people", form, {{"Sec-Fetch-Site", site}}), 403) << site;
    EXPECT_EQ(post("/login", {{"password", "x"}}, {{"Origin", "https://evil.example"}}), 403);
    EXPECT_EQ(gate.asked, 0) << "nor is a password looked at";
    EXPECT_EQ(view.times, 0);
    EXPECT_EQ(
        post("/people", form, {{"Origin", "https://192.168.1.20:8443"}, {"Sec-Fetch-Site", "same-origin"}}),
        200);
    EXPECT_EQ(front.counters().from_elsewhere, 7U);
}

TEST_F(PageFrontTest, a_name_that_is_none_of_ours_is_refused_also_with_a_good_cookie) {
    log_in();
    EXPECT_EQ(get("/", {{"Host", "evil.example:8443"}}), 421);
    EXPECT_EQ(get("/", {{"Host", ""}}), 421);
    auto twice = head("GET", "/");
    twice.fields.emplace_back("host", "evil.example");
    EXPECT_EQ(ask(twice).status, 421);
    EXPECT_EQ(get("/", {{"Host", "BOX:8443"}}), 200);
    EXPECT_EQ(view.times, 1);
}

TEST_F(PageFrontTest, paths_with_two_readings_and_other_methods_are_refused) {
    log_in();
    for (const auto* target :
         {"/../etc/passwd", "/static/%2e%2e/x", "//evil.example", "/a%00", "http://box/"})
        EXPECT_EQ(get(target), 400) << target;
    for (const auto* method : {"PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"})
        EXPECT_EQ(ask(head(method, "/")).status, 405) << method;
    EXPECT_EQ(view.times, 0);
}

TEST_F(PageFrontTest, a_form_tells_its_length_and_strangers_may_send_little) {
    EXPECT_EQ(post("/p/x", {}, {{"Content-Length", "16384"}}), 200);
    EXPECT_EQ(post("/p/x", {}, {{"Content-Length", "16385"}}), 413);
    EXPECT_EQ(post("/p/x", {}, {{"Content-Length", "-1"}}), 411);
    EXPECT_EQ(post("/p/x", {}, {{"Content-Length", "99999999999999999999999"}}), 411);
    log_in();
    EXPECT_EQ(post("/p/x", {}, {{"Content-Length", "8388608"}}), 200);
    EXPECT_EQ(post("/p/x", {}, {{"Content-Length", "8388609"}}), 413);
}

TEST_F(PageFrontTest, a_request_that_ends_at_two_places_is_refused) {
    log_in();
    const std::map<std::string, std::string> form{{"csrf", csrf}};
    EXPECT_EQ(post("/people", form, {{"Transfer-Encoding", "chunked"}}), 400) << "beside a length";
    auto twice = head("POST", "/people");
    twice.fields.emplace_back("content-length", "9");
    EXPECT_EQ(ask(twice, form).status, 400);
    EXPECT_EQ(post("/people", form, {{"Content-Length", "9, 9"}}), 411);
    EXPECT_EQ(get("/people", {{"Content-Length", "9"}}), 400) << "a body where none belongs";
    EXPECT_EQ(get("/people", {{"Transfer-Encoding", "chunked"}}), 400);
    EXPECT_EQ(view.times, 0);
    EXPECT_EQ(get("/people", {{"Content-Length", "0"}}), 200);
    EXPECT_EQ(front.counters().unreadable, 4U);
}

TEST_F(PageFrontTest, who_asks_without_end_is_told_to_wait_and_nobody_else_is) {
    int answered = 0;
    for (int i = 0; i < 2000; ++i)
        answered += get("/people") == 303 ? 1 : 0;
    EXPECT_EQ(answered, static_cast<int>(PageFront::strangers_a_minute));
    EXPECT_EQ(front.counters().too_often, 1400U);
    peer = "192.168.1.31";
    EXPECT_EQ(get("/people"), 303);
    peer = "192.168.1.30";
    log_in();
    EXPECT_EQ(get("/people"), 200) << "who is logged in there";
    cookie.clear();
    now.steady += 61s;
    EXPECT_EQ(get("/people"), 303);
}

TEST_F(PageFrontTest, a_cookie_that_was_never_good_is_looked_up_only_as_often_as_a_stranger_may_ask) {
    log_in();
    const auto good = cookie;
    EXPECT_EQ(get("/people"), 200);
    cookie = std::string(56, 'a');
    for (int i = 0; i < 600; ++i)
        EXPECT_EQ(get("/people"), 303);
    EXPECT_EQ(get("/people"), 429);
    cookie = good;
    EXPECT_EQ(get("/people"), 200) << "from the same address";
    db.execute("DROP TABLE page_session");
    cookie = std::string(56, 'a');
    EXPECT_EQ(get("/people"), 429) << "the file is not asked";
    cookie = good;
    EXPECT_THROW(get("/people"), DatabaseError) << "that it is asked at all";
}

TEST_F(PageFrontTest, a_link_logs_in_by_its_button_once) {
    const auto link = "/first/" + sessions.make_link(PageSessions::link_lasts, now.wall);
    EXPECT_THAT(ask(head("GET", link)).body, HasSubstr("action=\"" + link + "\""));
    EXPECT_THAT(ask(head("GET", link)).status, 200) << "looking at it does not use it up";
    EXPECT_EQ(post(link, {{"password", "short"}}), 400) << "nor does a password that will not do";
    const auto answer = ask(head("POST", link), {{"password", "three words nobody guesses"}});
    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.location, "/");
    take_cookie(answer);
    EXPECT_EQ(get("/"), 200);
    EXPECT_TRUE(sessions.is_password("three words nobody guesses"));
    cookie.clear();
    EXPECT_EQ(get(link), 403);
    EXPECT_EQ(post(link, {}), 403) << "a second time";
    EXPECT_EQ(get("/first/<script>"), 403);
    EXPECT_THAT(ask(head("GET", "/first/<script>")).body, Not(HasSubstr("<script>")));
}

TEST_F(PageFrontTest, a_password_logs_in_and_the_gate_is_asked_before_it_is_looked_at) {
    EXPECT_THAT(ask(head("GET", "/login")).body, HasSubstr("hedgewitch page")) << "there is none yet";
    ASSERT_TRUE(sessions.set_password("three words nobody guesses"));
    const auto started = std::chrono::steady_clock::now();
    for (int i = 0; i < 12; ++i)
        EXPECT_EQ(post("/login", {{"password", "wrong password " + std::to_string(i)}}), 403);
    const auto one = (std::chrono::steady_clock::now() - started) / 12;
    EXPECT_EQ(post("/login", {{"password", "three words nobody guesses"}}), 429) << "not even the right one";
    const auto refused = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(post("/login", {{"password", "wrong"}}), 429);
    EXPECT_LT((std::chrono::steady_clock::now() - refused) / 100, one / 3) << "no Argon2 for who is refused";
    gate.left = 12;
    const auto answer = ask(head("POST", "/login"), {{"password", "three words nobody guesses"}});
    EXPECT_EQ(answer.status, 303);
    take_cookie(answer);
    EXPECT_EQ(get("/"), 200);
    EXPECT_EQ(gate.left, 12) << "and what is right costs nothing";
}

TEST_F(PageFrontTest, the_cookie_is_for_this_host_over_https_alone_and_for_no_script) {
    const auto [name, value] = PageFront::set_cookie("abc");
    EXPECT_EQ(name, "Set-Cookie");
    EXPECT_EQ(value, "__Host-hedgewitch=abc; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000");
    EXPECT_THAT(PageFront::set_cookie("").second, HasSubstr("Max-Age=0"));
}

TEST_F(PageFrontTest, every_answer_has_what_keeps_browsers_from_doing_what_others_want) {
    const auto field = [](const PageAnswer& answer, const std::string& name) {
        std::string all;
        for (const auto& [each, value] : PageFront::fields(answer)) {
            if (each == name) all += "<" + value + ">";
        }
        return all;
    };
    PageAnswer answer;
    EXPECT_THAT(field(answer, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(field(answer, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(field(answer, "Content-Security-Policy"), Not(HasSubstr("unsafe")));
    EXPECT_EQ(field(answer, "X-Frame-Options"), "<DENY>");
    EXPECT_EQ(field(answer, "X-Content-Type-Options"), "<nosniff>");
    EXPECT_EQ(field(answer, "Cache-Control"), "<no-store>");
    answer.headers = {{"cache-control", "max-age=60"}, {"X-A", "b\r\nSet-Cookie: c"}};
    answer.location = "/x\r\nSet-Cookie: c";
    EXPECT_EQ(field(answer, "Cache-Control"), "") << "said otherwise";
    EXPECT_EQ(field(answer, "cache-control"), "<max-age=60>");
    EXPECT_EQ(field(answer, "X-A"), "");
    EXPECT_EQ(field(answer, "Location"), "");
}

TEST_F(PageFrontTest, what_the_browser_has_already_is_not_sent_again) {
    const auto status = [this](const std::string& method, const std::string& has, PageAnswer answer) {
        answer.body = "body";
        PageFront::spare(head(method, "/phone", {{"if-none-match", has}}), answer);
        EXPECT_EQ(answer.body, answer.status == 304 ? "" : "body");
        return answer.status;
    };
    PageAnswer tagged;
    tagged.headers = {{"ETag", "\"0011\""}};
    for (const auto* has : {"\"0011\"", "W/\"0011\"", "\"aa\", \"0011\""})
        EXPECT_EQ(status("GET", has, tagged), 304) << has;
    for (const auto* has : {"", "0011", "\"00\"", "\"00112233\"", "*"})
        EXPECT_EQ(status("GET", has, tagged), 200) << has;
    EXPECT_EQ(status("POST", "\"0011\"", tagged), 200);
    EXPECT_EQ(status("GET", "\"0011\"", PageAnswer{}), 200);
    tagged.status = 404;
    EXPECT_EQ(status("GET", "\"0011\"", tagged), 404);
}

TEST_F(PageFrontTest, no_refusal_shows_what_was_asked) {
    const std::string script = "<script>alert(1)</script>";
    for (const auto& answer :
         {ask(head("GET", "/%3Cscript%3Ealert(1)%3C/script%3E")), ask(head("GET", "/", {{"Host", script}})),
          ask(head(script, "/")), ask(head("GET", "/", {{"Accept-Language", script}}))})
        EXPECT_THAT(answer.body, Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace node
