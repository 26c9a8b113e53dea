// tests/sip/auth/digest_test.cpp - RFC 7616 §3.9.1, and who is let in by the edge.
#include "sip/auth/digest.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

constexpr std::string_view rfc_nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
constexpr std::string_view rfc_cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

TEST(Digest, RFC_7616_3_9_1_both_responses_to_Mufasa) {
    const auto ha1 = credentials_of("Mufasa", "http-auth@example.org", "Circle of Life");
    EXPECT_EQ(digest_response(DigestAlgorithm::md5, ha1.ha1_md5, "GET", "/dir/index.html", rfc_nonce,
                              "00000001", rfc_cnonce),
              "8ca523f5e9506fed4657c9700eebdbec");
    EXPECT_EQ(digest_response(DigestAlgorithm::sha256, ha1.ha1_sha256, "GET", "/dir/index.html", rfc_nonce,
                              "00000001", rfc_cnonce),
              "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST(Digest, credentials_are_read_with_quotes_escapes_folding_and_odd_case) {
    const auto c = DigestCredentials::parse(
        "dIGEST Username=\"al\\\"ice\",realm = \"a, b\"\r\n ,nonce=\"n\",uri=\"sip:h\",response=\"00\", "
        "algorithm=MD5,qop=auth,nc=00000001,cnonce=\"x\",opaque=\"o\"");
    ASSERT_TRUE(c);
    EXPECT_EQ(c->username, "al\"ice");
    EXPECT_EQ(c->realm, "a, b");
    EXPECT_EQ(c->nc, "00000001");
}

TEST(Digest, credentials_that_end_early_repeat_or_overflow_are_errors) {
    for (const std::string text : {"", "Digest", "Digest username", "Digest username=", "Digest username=\"a",
                                   "Digest username=\"a\\", "Digest username=\"a\" realm=\"b\"",
                                   "Digest username=\"a\",", "Digest username=\"a\",username=\"b\"",
                                   "Basic QWxhZGRpbg==", "NoOneKnowsThisScheme opaque-data=here"}) {
        EXPECT_FALSE(DigestCredentials::parse(text)) << text;
    }
    EXPECT_FALSE(DigestCredentials::parse("Digest username=\"" + std::string(5000, 'a') + "\""));
    std::string many = "Digest a=b";
    for (int i = 0; i < 40; ++i)
        many += ",x" + std::to_string(i) + "=y";
    EXPECT_FALSE(DigestCredentials::parse(many));
}

TEST_F(EdgeTest, the_challenges_offer_SHA_256_before_MD5_with_one_nonce_and_qop_auth) {
    const std::string refusal = receive(registration("<sip:alice@10.0.0.9>").text());
    const std::string first = field(refusal, "WWW-Authenticate", 0);
    const std::string second = field(refusal, "WWW-Authenticate", 1);
    EXPECT_NE(first.find("algorithm=SHA-256, qop=\"auth\""), std::string::npos) << first;
    EXPECT_NE(second.find("algorithm=MD5, qop=\"auth\""), std::string::npos) << second;
    EXPECT_EQ(parameter_of(first, "nonce"), parameter_of(second, "nonce"));
    EXPECT_EQ(first.find("stale"), std::string::npos);
    EXPECT_EQ(field(refusal, "WWW-Authenticate", 2), "");
}

TEST_F(EdgeTest, a_phone_may_use_either_algorithm) {
    for (const auto algorithm : {DigestAlgorithm::md5, DigestAlgorithm::sha256}) {
        const Request request =
            registration("<sip:alice@10.0.0.9>", algorithm == DigestAlgorithm::md5 ? 1 : 10);
        const auto refusal = receive(request.text());
        EXPECT_EQ(status(authorized(request, refusal, "alice", "wonderland", algorithm).text()), 200);
    }
}

TEST_F(EdgeTest, a_replayed_Authorization_is_refused_as_stale_with_a_new_nonce) {
    const Request request = registration("<sip:alice@10.0.0.9>");
    const auto refusal = receive(request.text());
    Request good = authorized(request, refusal);
    ASSERT_EQ(status(good.text()), 200);
    good.branch = "z9hG4bKreplay";
    good.cseq += 1;
    const auto again = receive(good.text());
    EXPECT_EQ(status_of(again), 401);
    EXPECT_NE(field(again, "WWW-Authenticate").find("stale=true"), std::string::npos);
    EXPECT_NE(parameter_of(field(again, "WWW-Authenticate"), "nonce"),
              parameter_of(field(refusal, "WWW-Authenticate"), "nonce"));
    EXPECT_EQ(edge->counters().replays_refused, 1U);
    // With the next nc the nonce serves on.
    Request next = registration("<sip:alice@10.0.0.9>", 20);
    EXPECT_EQ(
        status(authorized(next, refusal, "alice", "wonderland", DigestAlgorithm::sha256, "00000002").text()),
        200);
}

TEST_F(EdgeTest, an_expired_nonce_is_stale_only_to_one_who_knows_the_password) {
    const Request request = registration("<sip:alice@10.0.0.9>");
    const auto refusal = receive(request.text());
    pass(5min + 1s);
    const auto right = receive(authorized(request, refusal).text());
    EXPECT_EQ(status_of(right), 401);
    EXPECT_NE(field(right, "WWW-Authenticate").find("stale=true"), std::string::npos);
    Request wrong = authorized(request, refusal, "alice", "guess");
    wrong.branch += "2";
    const auto refused = receive(wrong.text());
    EXPECT_EQ(status_of(refused), 401);
    EXPECT_EQ(field(refused, "WWW-Authenticate").find("stale"), std::string::npos);
    EXPECT_EQ(edge->counters().credentials_refused, 1U);
}

TEST_F(EdgeTest, an_unknown_user_gets_the_same_answer_as_a_wrong_password) {
    const auto shape = [&](const std::string& user, const std::string& password) {
        Request request = registration("<sip:alice@10.0.0.9>");
        request.branch = "z9hG4bK" + user;
        const auto refusal = receive(request.text());
        std::string answer = receive(authorized(request, refusal, user, password).text());
        for (const int nth : {0, 1}) {
            const auto nonce =
                parameter_of(field(answer, "WWW-Authenticate", static_cast<std::size_t>(nth)), "nonce");
            answer.replace(answer.find(nonce), nonce.size(), "N");
        }
        for (const auto& varying : {user, field(answer, "To")}) {
            for (auto at = answer.find(varying); at != std::string::npos; at = answer.find(varying)) {
                answer.erase(at, varying.size());
            }
        }
        return answer;
    };
    EXPECT_EQ(shape("bob", "wrong"), shape("eve", "wrong"));
}

TEST_F(EdgeTest, credentials_serve_only_the_method_and_the_resource_they_were_made_for) {
    const auto refusal = receive(registration("<sip:alice@10.0.0.9>").text());
    const auto answer = [&](const std::string& what, const std::string& with, const std::string& nc) {
        Request request = authorized(registration("<sip:alice@10.0.0.9>", 5), refusal, "alice", "wonderland",
                                     DigestAlgorithm::sha256, nc);
        const auto at = request.more.find(what);
        EXPECT_NE(at, std::string::npos);
        request.more.replace(at, what.size(), with);
        return status(request.text());
    };
    EXPECT_EQ(answer("uri=\"sip:home.test\"", "uri=\"sip:elsewhere.test\"", "00000001"), 401);
    EXPECT_EQ(answer("qop=auth", "qop=auth-int", "00000001"), 401);
    EXPECT_EQ(answer("algorithm=SHA-256", "algorithm=SHA-512-256", "00000001"), 401);
    EXPECT_EQ(answer("algorithm=SHA-256", "algorithm=MD5", "00000001"), 401);
    EXPECT_EQ(answer("nc=00000001", "nc=1", "00000001"), 401);
    EXPECT_EQ(answer("nc=00000001", "nc=00000002", "00000001"), 401);
    EXPECT_EQ(answer("realm=\"hedgewitch\"", "realm=\"other\"", "00000001"), 401);
    EXPECT_EQ(answer("username=\"alice\"", "username=\"bob\"", "00000001"), 401);
    EXPECT_EQ(answer("username=\"alice\"", "username=\"alice\"", "00000001"),
              200);  // none of these used it up
}

TEST_F(EdgeTest, the_digest_uri_may_name_the_same_resource_in_another_way) {
    Request request = registration("<sip:alice@10.0.0.9>");
    const auto refusal = receive(request.text());
    request.uri = "sip:HOME.test:5060;transport=udp";
    Request sent_uri = authorized(request, refusal);
    sent_uri.uri = "sip:home.test";
    EXPECT_EQ(status(sent_uri.text()), 200);
}

TEST_F(EdgeTest, the_digest_uri_may_name_us_otherwise_and_nobody_else) {
    unsigned cseq = 0;
    const auto told = [&](const std::string& request_uri, const std::string& digest_uri) {
        Request request = registration("<sip:alice@10.0.0.9>", cseq += 10);
        const auto refusal = receive(request.text());
        request.uri = digest_uri;
        Request answer = authorized(request, refusal);
        answer.uri = request_uri;
        return status(answer.text());
    };
    EXPECT_EQ(told("sip:home.test:5060", "sip:home.test"), 200);
    EXPECT_EQ(told("sip:127.0.0.2:5060", "sip:home.test"), 200) << "a name for an address of ours";
    EXPECT_EQ(told("sip:home.test", "sip:127.0.0.2"), 200);
    EXPECT_EQ(told("sip:home.test", "sip:alice@home.test"), 200) << "with a user part";
    EXPECT_EQ(told("sips:home.test", "sip:" + key_name), 200) << "sip for sips";
    EXPECT_EQ(told("sip:home.test", "sip:elsewhere.test"), 401);
    EXPECT_EQ(told("sip:home.test", "sip:127.0.0.9"), 401);
    EXPECT_EQ(told("sip:home.test", "tel:1"), 401);
    // A call to one of us is not one to another.
    Request invite;
    invite.uri = "sip:bob@home.test";
    invite.from = "<sip:alice@home.test>;tag=1";
    const auto refusal = receive(invite.text());
    acknowledge(invite);
    Request other = authorized(invite, refusal);
    other.uri = "sip:carol@home.test";
    EXPECT_EQ(status(other.text()), 407);
}

/// As RFC 2069 has it: neither qop nor nc nor cnonce.
Request legacy(Request request, const std::string& refusal, const std::string& password = "wonderland") {
    const auto challenge = field(refusal, "WWW-Authenticate", 1);
    const auto nonce = parameter_of(challenge, "nonce");
    const auto ha1 = credentials_of("alice", "hedgewitch", password).ha1_md5;
    request.more += "Authorization: Digest username=\"alice\", realm=\"hedgewitch\", nonce=\"" + nonce +
                    "\", uri=\"" + request.uri + "\", response=\"" +
                    legacy_digest_response(DigestAlgorithm::md5, ha1, request.method, request.uri, nonce) +
                    "\"\r\n";
    request.branch += "legacy";
    ++request.cseq;
    return request;
}

TEST(Digest, RFC_2069_2_4_the_example_of_Mufasa) {
    const auto ha1 = credentials_of("Mufasa", "testrealm@host.com", "CircleOfLife").ha1_md5;
    EXPECT_EQ(legacy_digest_response(DigestAlgorithm::md5, ha1, "GET", "/dir/index.html",
                                     "dcd98b7102dd2f0e8b11d0f600bfb0c093"),
              "1949323746fe6a43ef61f9606e7febea");
}

TEST_F(EdgeTest, a_digest_without_qop_is_good_once_for_each_nonce) {
    const Request request = registration("<sip:alice@10.0.0.9>");
    const auto refusal = receive(request.text());
    const Request first = legacy(request, refusal);
    EXPECT_EQ(status(legacy(registration("<sip:alice@10.0.0.9>"), refusal, "guess").text()), 401);
    EXPECT_EQ(status(first.text()), 200);
    Request again = first;
    again.branch += "2";
    const auto stale = receive(again.text());
    EXPECT_EQ(status_of(stale), 401);
    EXPECT_NE(field(stale, "WWW-Authenticate").find("stale=true"), std::string::npos);
    EXPECT_EQ(status(legacy(registration("<sip:alice@10.0.0.9>", 9), stale).text()), 200);
    // Nor does a nonce that served with qop serve without.
    Request other = registration("<sip:alice@10.0.0.9>", 20);
    const auto fresh = receive(other.text());
    EXPECT_EQ(status(authorized(other, fresh).text()), 200);
    EXPECT_EQ(status(legacy(registration("<sip:alice@10.0.0.9>", 30), fresh).text()), 401);
}

TEST_F(EdgeTest, a_digest_without_qop_can_be_switched_off) {
    config.legacy_digest = false;
    start();
    const Request request = registration("<sip:alice@10.0.0.9>");
    EXPECT_EQ(status(legacy(request, receive(request.text())).text()), 401);
}

// RFC 3261 §22.2, §22.3: a 401 is of who serves the request, a 407 of who carries it.
TEST_F(EdgeTest, what_is_to_be_carried_is_challenged_with_407_and_a_REGISTER_with_401) {
    EXPECT_EQ(status(registration("<sip:alice@10.0.0.9>").text()), 401);
    host.at_once = redirect_to("sip:bob@192.0.2.7:5060");
    for (const std::string method : {"INVITE", "MESSAGE", "SUBSCRIBE", "REFER", "OPTIONS"}) {
        Request request;
        request.method = method;
        request.branch += method;
        const auto refusal = receive(request.text());
        EXPECT_EQ(status_of(refusal), 407) << method;
        EXPECT_NE(field(refusal, "Proxy-Authenticate").find("realm=\"hedgewitch\""), std::string::npos);
        EXPECT_EQ(field(refusal, "WWW-Authenticate"), "");
        acknowledge(request);
        const Request answer = authorized(request, refusal);
        EXPECT_NE(answer.more.find("Proxy-Authorization: "), std::string::npos);
        EXPECT_EQ(status(answer.text()), 302) << method;
    }
    config.forwards = false;  // a redirect server carries nothing
    start();
    EXPECT_EQ(status(Request{}.text()), 401);
}

TEST_F(EdgeTest, credentials_count_in_either_field_and_of_two_those_that_were_asked_for) {
    host.at_once = redirect_to("sip:bob@192.0.2.7:5060");
    const Request request;
    const auto refusal = receive(request.text());
    acknowledge(request);
    Request other_field = authorized(request, refusal);
    other_field.more.erase(0, std::string("Proxy-").size());
    EXPECT_EQ(status(other_field.text()), 302) << "a phone that knows Authorization alone";
    Request registers = registration("<sip:alice@10.0.0.9>");
    registers = authorized(registers, receive(registers.text()));
    registers.more.insert(registers.more.find("Authorization"), "Proxy-");
    EXPECT_EQ(status(registers.text()), 200);
    // linphone-sdk #4: what was good for the REGISTER is said again in the call.
    Request both;
    both.branch += "both";
    const auto asked = receive(both.text());
    acknowledge(both);
    both = authorized(both, asked);
    both.more +=
        "Authorization: Digest username=\"alice\", realm=\"hedgewitch\", nonce=\"old\", "
        "uri=\"sip:home.test\", response=\"00\"\r\n";
    EXPECT_EQ(status(both.text()), 302);
}

TEST_F(EdgeTest, a_nonce_serves_once_whichever_field_shows_it) {
    host.at_once = redirect_to("sip:bob@192.0.2.7:5060");
    const Request request;
    const auto refusal = receive(request.text());
    acknowledge(request);
    Request good = authorized(request, refusal);
    EXPECT_EQ(status(good.text()), 302);
    acknowledge(good);
    good.more.erase(0, std::string("Proxy-").size());
    good.branch += "again";
    ++good.cseq;
    const auto again = receive(good.text());
    EXPECT_EQ(status_of(again), 407);
    EXPECT_NE(field(again, "Proxy-Authenticate").find("stale=true"), std::string::npos);
    EXPECT_EQ(edge->counters().replays_refused, 1U);
}

TEST_F(EdgeTest, other_schemes_and_realms_beside_ours_are_passed_over) {
    Request request = registration("<sip:alice@10.0.0.9>");
    const auto refusal = receive(request.text());
    request.more +=
        "Authorization: Basic YWxpY2U6d29uZGVybGFuZA==\r\nAuthorization: Digest username=\"x\", "
        "realm=\"r\"\r\n";
    EXPECT_EQ(status(authorized(request, refusal).text()), 200);
    Request unknown = registration("<sip:alice@10.0.0.9>");
    unknown.more += "Authorization: NoOneKnowsThisScheme opaque-data=here\r\n";
    EXPECT_EQ(status(unknown.text()), 401);
}

}  // namespace

}  // namespace sip::testing
