// tests/node/page/contents_test.cpp - the page without a browser: what is shown, and what its forms do to the
// state.
#include "node/page/contents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "crypto/identity.hpp"
#include "crypto/name.hpp"
#include "node/actions/open_state.hpp"
#include "node/names/invite.hpp"
#include "node/page/html_writer.hpp"
#include "node/page/texts.hpp"
#include "node/routing/trace_report.hpp"
#include "node/state/lock_file.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A node that says what it is told to say.
class FakeNode final : public NodeCommands {
public:
    tl::expected<nlohmann::ordered_json, std::string> ask(const nlohmann::ordered_json& request) override {
        asked.push_back(request.at("command"));
        if (!fault.empty()) return tl::unexpected(fault);
        if (request.at("command") == "status") return nlohmann::ordered_json(status);
        if (request.at("command") == "ping" || request.at("command") == "explain") {
            whom = request.at("uri");
            return reach;
        }
        if (request.at("command") == "link") {
            LinkReport link;
            link.user = request.at("user");
            link.url = "https://192.168.1.20:8443/p/once";
            link.password_known = request.contains("password");
            link.good_for_s = 600;
            return nlohmann::ordered_json(link);
        }
        return nlohmann::ordered_json::object();
    }
    NodeStatus status;
    nlohmann::ordered_json reach;  // what ping or explain answers
    std::string fault, whom;
    std::vector<std::string> asked;
};

class ContentsTest : public testing::Test {
protected:
    ContentsTest() {
        node.status.about = {"0.9.0", key_text + ".hedge.alt", "/state", 4000};
        node.status.reach.says = "Others can reach you.";
        node.status.overlay.enabled = true;
        node.status.overlay.connectivity = "connected";
        (void)OpenState(config, paths).database();  // made before there is an identity, as by `init`
        write_text(paths.identity, "sealed, and never opened here");
        write_text(paths.address, key_text + ".hedge.alt\n");
    }

    PageAnswer get(const std::string& target, const std::string& language = "en") {
        PageRequest request = blank(language);
        request.method = "GET";
        const auto question = target.find('?');
        request.path = target.substr(0, question);
        if (question != std::string::npos) request.query["shown"] = target.substr(target.find('=') + 1);
        return contents.answer(request, now);
    }
    PageAnswer post(const std::string& path, std::map<std::string, std::string> form) {
        PageRequest request = blank("en");
        request.method = "POST";
        request.path = path;
        request.form = std::move(form);
        return contents.answer(request, now);
    }
    /// The page that shows what came of the form.
    std::string done(const std::string& path, std::map<std::string, std::string> form) {
        const auto answer = post(path, std::move(form));
        EXPECT_EQ(answer.status, 303);
        return get(answer.location).body;
    }
    static PageRequest blank(const std::string& language) {
        PageRequest request;
        request.language = language;
        request.logged_in = true;
        request.csrf = "the-token";
        return request;
    }

    const std::string key_text =
        crypto::encode_name(crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{1})).public_key());
    Scratch scratch;
    Config config = Config::defaults();
    StatePaths paths{scratch.dir};
    FakeNode node;
    Contents contents{config, paths, node};
    sip::Now now{std::chrono::steady_clock::time_point(std::chrono::hours(1)),
                 std::chrono::sys_seconds(std::chrono::seconds(1'790'000'000))};
};

TEST_F(ContentsTest, nothing_without_a_login) {
    PageRequest request = blank("en");
    request.logged_in = false;
    request.path = "/people";
    for (const char* method : {"GET", "POST"}) {
        request.method = method;
        const auto answer = contents.answer(request, now);
        EXPECT_EQ(answer.status, 303);
        EXPECT_EQ(answer.location, "/login");
        EXPECT_EQ(answer.body, "");
    }
}

TEST_F(ContentsTest, the_overview_says_what_status_says) {
    node.status.users = {{"alice", 0}};
    const auto body = get("/").body;
    EXPECT_THAT(body, HasSubstr("<div id=\"needs-you\" data-live=\"yes\"></div>"))
        << "for a warning that comes";
    EXPECT_THAT(body, HasSubstr("<p>Others can reach you.</p>"));
    EXPECT_THAT(body, HasSubstr("alice: no phone is registered, so calls get 480."));
    EXPECT_THAT(body, HasSubstr("<code>hedgewitch user passwd alice</code>"));
}

TEST_F(ContentsTest, a_node_that_does_not_answer_is_told_in_its_words) {
    node.fault = "the node is <stopping>";
    EXPECT_THAT(get("/").body, HasSubstr("The node does not answer: the node is &lt;stopping&gt;"));
}

TEST_F(ContentsTest, a_user_is_added_and_the_password_shown_once) {
    const auto answer = post("/phones/add", {{"user", " Alice "}, {"password", ""}});
    ASSERT_THAT(answer.location, testing::StartsWith("/phones?shown="));
    EXPECT_THAT(node.asked, testing::ElementsAre("reload", "link"));
    const auto body = get(answer.location).body;
    EXPECT_THAT(body, AllOf(HasSubstr("alice is added."), HasSubstr("sip:alice@" + key_text + ".hedge.alt")));
    EXPECT_TRUE(std::regex_search(body, std::regex(R"(id="password-made">\d{20}<)"))) << body;
    EXPECT_THAT(body, HasSubstr("https://192.168.1.20:8443/p/once"));
    EXPECT_THAT(get(answer.location).body, Not(HasSubstr("password-made")));
    OpenState state(config, paths);
    ASSERT_EQ(state.users().all().size(), 1U);
    EXPECT_EQ(state.users().all()[0].label, "alice");
}

TEST_F(ContentsTest, what_is_refused_says_why_and_keeps_what_was_typed_but_no_password) {
    const auto body = done("/phones/add", {{"user", "bob"}, {"password", "short"}});
    EXPECT_THAT(body, AllOf(HasSubstr("role=\"alert\""), HasSubstr("fewer than 12 characters"),
                            HasSubstr("value=\"bob\""), Not(HasSubstr("value=\"short\"")),
                            Not(HasSubstr("password-stdin"))));
    OpenState state(config, paths);
    EXPECT_TRUE(state.users().all().empty());
}

TEST_F(ContentsTest, an_invite_is_made_and_accepted_by_another_contact) {
    (void)post("/phones/add", {{"user", "alice"}});
    const auto body = done("/people/invite", {{"user", "alice"}, {"secret", "yes"}, {"note", "for <Bob>"}});
    std::smatch found;
    ASSERT_TRUE(std::regex_search(body, found, std::regex(R"(>(hedgewitch:[^<]+)</textarea>)"))) << body;
    EXPECT_THAT(body, AllOf(HasSubstr("<svg class=\"qr\""), HasSubstr("for &lt;Bob&gt;")));
    const std::string text = found[1];
    EXPECT_TRUE(parse_invite(text));
    EXPECT_THAT(done("/people/add", {{"name", "Mum"}, {"number", "12"}, {"invite", "Hello! " + text}}),
                AllOf(HasSubstr("mum is sip:alice@"), HasSubstr("Dial mum or 12 on any of your phones.")));
    EXPECT_THAT(done("/people/end-invite", {{"user", "alice"}, {"number", "1"}}),
                HasSubstr("Ended: the invite of"));
    EXPECT_THAT(done("/people/rename", {{"name", "mum"}, {"to", "mother"}}),
                HasSubstr("mum is called mother now"));
    EXPECT_THAT(done("/people/remove", {{"name", "mother"}}), HasSubstr("mother is removed"));
}

TEST_F(ContentsTest, a_caller_who_waits_is_accepted_or_blocked) {
    const std::string caller = "sip:eve@" + key_text + ".hedge.alt";
    {
        OpenState state(config, paths);
        for (const auto& [who, name, verified] :
             {std::tuple{caller, "eve", true}, {std::string("sip:x@evil.test"), "\"><script>", false}})
            state.callers().note({0, "alice", who, name, verified, now.wall, now.wall, 1});
    }
    const auto body = get("/people").body;
    EXPECT_THAT(body, AllOf(HasSubstr("<bdi>eve</bdi>"), HasSubstr("&quot;&gt;&lt;script&gt;"),
                            Not(HasSubstr("<script>"))));
    std::int64_t good = 0, bad = 0;
    for (const auto& each : OpenState(config, paths).callers().waiting())
        (each.verified ? good : bad) = each.number;
    EXPECT_THAT(done("/people/accept", {{"number", std::to_string(bad)}}),
                HasSubstr("is only what this caller says"));
    EXPECT_THAT(done("/people/accept", {{"number", std::to_string(good)}, {"name", "Eve2"}}),
                HasSubstr("eve2 is " + caller + ", and rings from now on"));
    EXPECT_THAT(done("/people/reject", {{"number", std::to_string(bad)}}),
                HasSubstr("sip:x@evil.test is blocked"));
    EXPECT_THAT(done("/people/accept", {{"number", "no number"}}), HasSubstr("there is no caller 0"));
    EXPECT_THAT(done("/people/unblock", {{"caller", OpenState(config, paths).callers().blocked().front()}}),
                HasSubstr("sip:x@evil.test is a stranger again"));
    EXPECT_TRUE(OpenState(config, paths).callers().blocked().empty());
}

TEST_F(ContentsTest, a_key_is_pinned_and_forgotten) {
    EXPECT_THAT(done("/trust/pin", {{"name", "example.org"}, {"key", key_text}}),
                HasSubstr("example.org is pinned to"));
    EXPECT_THAT(done("/trust/forget", {{"name", "example.org"}}), HasSubstr("example.org is forgotten"));
    EXPECT_THAT(done("/trust/accept", {{"name", "example.org"}, {"key", ""}}),
                HasSubstr("no key is bound to example.org"));
}

TEST_F(ContentsTest, settings_of_a_user_are_kept) {
    (void)post("/phones/add", {{"user", "alice"}});
    EXPECT_THAT(done("/settings/strangers", {{"user", "alice"}, {"mode", "ask"}}), HasSubstr("alice: ask"));
    EXPECT_THAT(done("/settings/delivery", {{"user", "alice"}, {"mode", "proxy"}}),
                HasSubstr("alice: proxy"));
    EXPECT_THAT(done("/settings/listed", {{"user", "alice"}, {"listed", "no"}}),
                HasSubstr("no longer be found by name"));
    EXPECT_THAT(done("/settings/strangers", {{"user", "alice"}, {"mode", "eat"}}),
                HasSubstr("is none of allow"));
    const auto body = get("/settings").body;
    EXPECT_THAT(body, AllOf(HasSubstr("<option value=\"ask\" selected>"),
                            HasSubstr("<option value=\"proxy\" selected>"),
                            HasSubstr("<option value=\"no\" selected>")));
}

TEST_F(ContentsTest, ping_asks_the_node_and_shows_its_sentences) {
    node.reach = {{"says", "bob's node answers over TLS, at 192.0.2.1:5061, in 60 ms; <i>."},
                  {"media_says", "There would be sound."}};
    const auto body = done("/people/reach", {{"whom", " bob "}, {"how", "ping"}});
    EXPECT_EQ(node.whom, "bob");
    EXPECT_THAT(node.asked, testing::ElementsAre("ping")) << "nothing has changed: no reload";
    EXPECT_THAT(
        body,
        AllOf(HasSubstr("<p>bob&#39;s node answers over TLS, at 192.0.2.1:5061, in 60 ms; &lt;i&gt;.</p>"),
              HasSubstr("<p>There would be sound.</p>"), Not(HasSubstr("<pre"))));
}

TEST_F(ContentsTest, explain_says_what_the_command_says_and_all_that_was_asked) {
    TraceReport trace;
    trace.uri = "sip:bob@example.org";
    trace.status = 404;
    trace.reason = "Not Found";
    StepReport dns;
    dns.step = "dns";
    dns.verdict = "absent";
    dns.sentence = "DNS has no <such> name";
    trace.steps = {dns};
    node.reach = trace;
    const auto body = done("/people/reach", {{"whom", "bob@example.org"}, {"how", "explain"}});
    EXPECT_THAT(node.asked, testing::ElementsAre("explain"));
    EXPECT_THAT(
        body,
        HasSubstr("A call to sip:bob@example.org ends with 404 Not Found. DNS has no &lt;such&gt; name."));
    const auto asked = body.find("<summary>All that was asked</summary>");
    ASSERT_NE(asked, std::string::npos);
    EXPECT_NE(body.find(escaped(steps_text(trace)), asked), std::string::npos);
}

TEST_F(ContentsTest, whom_to_reach_is_asked_for_and_a_node_that_says_nothing_is_told) {
    EXPECT_THAT(done("/people/reach", {{"whom", " "}}), HasSubstr("Nobody is named"));
    EXPECT_TRUE(node.asked.empty());
    node.fault = "The node did not answer in time. Try again.";
    const auto body = done("/people/reach", {{"whom", "bob"}, {"how", "explain"}});
    EXPECT_THAT(body, AllOf(HasSubstr("did not answer in time"), HasSubstr("value=\"bob\"")));
    node.fault.clear();
    node.reach = {{"something", "else"}};
    for (const char* how : {"ping", "explain", ""})
        EXPECT_THAT(done("/people/reach", {{"whom", "bob"}, {"how", how}}), HasSubstr("another version"));
}

TEST_F(ContentsTest, every_form_has_the_token_and_every_page_its_language) {
    (void)post("/phones/add", {{"user", "alice"}});
    for (const char* path : {"/", "/phones", "/people", "/trust", "/refused", "/settings"}) {
        for (const std::string language : {"en", "de"}) {
            const auto answer = get(path, language);
            EXPECT_EQ(answer.status, 200) << path;
            const auto count = [&](const std::string& what) {
                std::size_t n = 0;
                for (auto at = answer.body.find(what); at != std::string::npos;
                     at = answer.body.find(what, at + 1))
                    ++n;
                return n;
            };
            EXPECT_EQ(count("<form"), count("name=\"csrf\" value=\"the-token\"")) << path;
            EXPECT_EQ(count("<h1>"), 1U) << path;
            EXPECT_THAT(answer.body, HasSubstr("<html lang=\"" + language + "\">"));
            EXPECT_THAT(answer.body,
                        Not(testing::ContainsRegex(
                            "[>\"](frame|phones|people|trust|refused|settings)[.][a-z_]+[<\"]")));
        }
    }
    EXPECT_EQ(get("/elsewhere").status, 404);
    EXPECT_EQ(post("/phones/elsewhere", {}).status, 404);
}

TEST_F(ContentsTest, the_language_is_switched_for_a_year_and_back_is_a_page_of_ours) {
    const auto answer = post("/language", {{"to", "de"}, {"back", "/people"}});
    EXPECT_EQ(answer.location, "/people");
    ASSERT_EQ(answer.headers.size(), 1U);
    EXPECT_THAT(answer.headers[0].second, AllOf(HasSubstr("language=de;"), HasSubstr("SameSite=Strict")));
    const auto elsewhere = post("/language", {{"to", "x; Domain=evil"}, {"back", "//evil.test"}});
    EXPECT_EQ(elsewhere.location, "/");
    EXPECT_THAT(elsewhere.headers[0].second, HasSubstr("language=en;"));
}

TEST_F(ContentsTest, what_forms_answer_is_known_in_german) {
    const auto said = [&](const std::string& path, std::map<std::string, std::string> form) {
        PageRequest request = blank("de");
        request.method = "POST";
        request.path = path;
        request.form = std::move(form);
        const auto body = get(contents.answer(request, now).location, "de").body;
        const auto begin = body.find("id=\"notice\""), end = body.find("<section", begin);
        EXPECT_THAT(body.substr(begin, end - begin), Not(HasSubstr("lang=\"en\""))) << path;
    };
    said("/phones/add", {{"user", "alice"}, {"password", "short"}});
    said("/phones/add", {{"user", "alice"}});
    said("/phones/add", {{"user", "alice"}});
    said("/phones/add", {{"user", "a b"}});
    said("/people/add", {{"name", "mum"}, {"number", "12"}, {"invite", "sip:mum@example.org"}});
    said("/people/add", {{"name", "dad"}, {"picture", "GIF89a"}});
    said("/people/add", {{"name", "dad"}, {"invite", "hello"}});
    said("/people/add", {{"name", "112"}, {"invite", "sip:dad@example.org"}});
    said("/people/add", {{"name", "dad"}});
    node.reach = {
        {"says", "mum's node answers over TLS, at 192.0.2.1:5061, in 60 ms; it has the key of the record."}};
    said("/people/reach", {{"whom", "mum"}, {"how", "ping"}});
    TraceReport trace;
    trace.uri = "sip:mum";
    trace.goes = "A call to sip:mum goes to the other node over TLS, at 192.0.2.1:5061.";
    node.reach = trace;
    said("/people/reach", {{"whom", "mum"}, {"how", "explain"}});
    said("/people/reach", {{"whom", ""}});
    said("/people/rename", {{"name", "mum"}, {"to", "mother"}});
    said("/people/invite", {{"user", "alice"}, {"secret", "yes"}});
    said("/people/end-invite", {{"user", "alice"}, {"number", "1"}});
    said("/people/remove", {{"name", "mother"}});
    said("/people/remove", {{"name", "mother"}});
    said("/people/accept", {{"number", "7"}});
    said("/trust/pin", {{"name", "example.org"}, {"key", key_text}});
    said("/trust/forget", {{"name", "example.org"}});
    said("/settings/listed", {{"user", "alice"}, {"listed", "no"}});
    said("/settings/listed", {{"user", "alice"}, {"listed", "yes"}});
    for (const char* mode : {"default", "allow", "ask", "reject"})
        said("/settings/strangers", {{"user", "alice"}, {"mode", mode}});
    for (const char* mode : {"default", "auto", "redirect", "proxy"})
        said("/settings/delivery", {{"user", "alice"}, {"mode", mode}});
    said("/phones/remove", {{"user", "alice"}});
    said("/phones/remove", {{"user", "alice"}});
}

TEST_F(ContentsTest, what_phones_could_not_do_is_told_and_what_never_happened_is_not_listed) {
    node.status.sip.login_failures = {
        {"alice", "192.168.1.30", "A phone at 192.168.1.30 tries <alice>.", 3, 61}};
    node.status.sip.answers = {{"200", 7}, {"401", 5}, {"403", 2}};
    node.status.inbound.limited = 4;
    (void)post("/phones/add", {{"user", "alice"}});
    EXPECT_THAT(get("/phones").body, HasSubstr("<p>A phone at 192.168.1.30 tries &lt;alice&gt;.</p>"));
    const auto body = get("/refused").body;
    EXPECT_THAT(
        body,
        AllOf(HasSubstr("tries &lt;alice&gt;."), HasSubstr("3 times, the last less than 2 min ago"),
              HasSubstr("<dt>403</dt>\n<dd>2</dd>"), Not(HasSubstr("<dt>401</dt>")),
              HasSubstr("more often than somebody may ring</dt>\n<dd>4</dd>"), Not(HasSubstr("scanners"))));
}

}  // namespace
}  // namespace node
