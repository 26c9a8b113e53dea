// tests/sip/auth/digest_test.cpp - RFC 7616 §3.9.1, and nonces that serve once for each nc.
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

constexpr Nonces::Time start = Nonces::Time{} + std::chrono::hours(1);

TEST(Nonces, each_nc_is_good_once_and_may_come_a_little_out_of_order) {
    Nonces nonces(secret);
    const std::string nonce = nonces.issue(start);
    EXPECT_EQ(nonces.use(nonce, 1, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 1, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(nonce, 4, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 3, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 3, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(nonce, 2, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 4, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(nonce, 0, start), Nonces::Use::replayed);
}

TEST(Nonces, the_window_is_64_wide_and_a_jump_forgets_nothing) {
    Nonces nonces(secret);
    const std::string nonce = nonces.issue(start);
    EXPECT_EQ(nonces.use(nonce, 100, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 36, start), Nonces::Use::replayed);  // 64 back: it might have been seen
    EXPECT_EQ(nonces.use(nonce, 37, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 0xffffffff, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 100, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(nonce, 0xffffffff, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(nonce, 0xffffffff - 63, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 0xffffffff - 63, start), Nonces::Use::replayed);
}

TEST(Nonces, live_five_minutes_and_only_in_the_run_that_issued_them) {
    Nonces nonces(secret);
    const std::string nonce = nonces.issue(start);
    EXPECT_EQ(nonces.use(nonce, 1, start + Nonces::life), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 2, start + Nonces::life + std::chrono::milliseconds(1)), Nonces::Use::stale);
    EXPECT_EQ(nonces.use(nonce, 3, start - std::chrono::seconds(1)), Nonces::Use::stale);
    auto other = secret;
    other[31] ^= 1;
    Nonces next_run(other);
    EXPECT_EQ(next_run.use(nonce, 1, start), Nonces::Use::stale);
    EXPECT_EQ(next_run.use("", 1, start), Nonces::Use::stale);
    EXPECT_EQ(next_run.use("not base64!", 1, start), Nonces::Use::stale);
    EXPECT_EQ(next_run.use(std::string(4000, 'A'), 1, start), Nonces::Use::stale);
}

TEST(Nonces, one_changed_character_makes_it_none_of_ours) {
    Nonces nonces(secret);
    const std::string nonce = nonces.issue(start);
    for (std::size_t i = 0; i < nonce.size(); ++i) {
        std::string changed = nonce;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(nonces.use(changed, 1, start), Nonces::Use::stale) << i;
    }
    EXPECT_EQ(nonces.use(nonce, 1, start), Nonces::Use::good);
}

TEST(Nonces, what_was_forgotten_for_lack_of_memory_is_still_refused) {
    Nonces nonces(secret, 3);
    std::vector<std::string> issued;
    for (int i = 0; i < 5; ++i)
        issued.push_back(nonces.issue(start));
    for (const auto& nonce : issued)
        EXPECT_EQ(nonces.use(nonce, 1, start), Nonces::Use::good);
    EXPECT_EQ(nonces.remembered(), 3U);
    EXPECT_EQ(nonces.use(issued[0], 1, start), Nonces::Use::stale);
    EXPECT_EQ(nonces.use(issued[1], 2, start), Nonces::Use::stale);
    for (int i = 2; i < 5; ++i)
        EXPECT_EQ(nonces.use(issued[static_cast<std::size_t>(i)], 1, start), Nonces::Use::replayed);
}

TEST(Nonces, issuing_remembers_nothing) {
    Nonces nonces(secret, 3);
    const std::string mine = nonces.issue(start);
    for (int i = 0; i < 1000; ++i)
        (void)nonces.issue(start);
    EXPECT_EQ(nonces.remembered(), 0U);
    EXPECT_EQ(nonces.use(mine, 1, start), Nonces::Use::good);
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
    EXPECT_EQ(answer("qop=auth, ", "", "00000001"), 401);
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

std::size_t challenges(const std::string& refusal) {
    std::size_t n = 0;
    while (!field(refusal, "WWW-Authenticate", n).empty())
        ++n;
    return n;
}

// baresip 1.0.0 on the wire: "reg: Register: Function not implemented" after any 401 that has SHA-256 in it.
TEST_F(EdgeTest, a_phone_that_stumbles_over_SHA_256_is_offered_MD5_alone) {
    Request request = registration("<sip:alice@10.0.0.9>");
    request.more += "User-Agent: baresip v1.0.0 (x86_64/linux)\r\n";
    const auto refusal = receive(request.text());
    EXPECT_EQ(challenges(refusal), 1U);
    EXPECT_NE(field(refusal, "WWW-Authenticate").find("algorithm=MD5,"), std::string::npos);
    Request newer = registration("<sip:alice@10.0.0.9>");
    newer.more += "User-Agent: baresip v2.0.0 (x86_64/linux)\r\n";
    EXPECT_EQ(challenges(receive(newer.text())), 2U);
}

TEST_F(EdgeTest, a_phone_that_left_SHA_256_unanswered_gets_MD5_alone_when_it_comes_back) {
    EXPECT_EQ(challenges(receive(registration("<sip:alice@10.0.0.9>").text())), 2U);
    EXPECT_EQ(challenges(receive(registration("<sip:alice@10.0.0.9>").text())),
              2U);  // side by side: too soon to tell
    pass(30s);
    EXPECT_EQ(challenges(receive(udp_flow("10.0.0.8"), registration("<sip:alice@10.0.0.9>").text())),
              2U);  // another
    const Request again = registration("<sip:alice@10.0.0.9>");
    std::string refusal = receive(again.text());
    ASSERT_EQ(challenges(refusal), 1U);
    refusal.insert(refusal.find("WWW-Authenticate"),
                   "WWW-Authenticate: Digest x=y\r\n");  // authorized() takes the 2nd
    ASSERT_EQ(status(authorized(again, refusal, "alice", "wonderland", DigestAlgorithm::md5).text()), 200);
    pass(1h);
    EXPECT_EQ(challenges(receive(registration("<sip:alice@10.0.0.9>").text())), 1U);  // remembered
}

TEST_F(EdgeTest, a_phone_that_answers_keeps_getting_both) {
    for (unsigned i = 1; i < 5; ++i) {
        const Request request = registration("<sip:alice@10.0.0.9>", 10 * i);
        const auto refusal = receive(request.text());
        ASSERT_EQ(challenges(refusal), 2U);
        ASSERT_EQ(status(authorized(request, refusal).text()), 200);
        pass(10min);
        Request stale = authorized(registration("<sip:alice@10.0.0.9>", 10 * i + 5), refusal);
        EXPECT_EQ(challenges(receive(stale.text())), 2U);
    }
}

}  // namespace

}  // namespace sip::testing
