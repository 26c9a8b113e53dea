// tests/node/probe/options_request_test.cpp - an OPTIONS of ours, and what is taken for its answer.
#include "node/probe/options_request.hpp"

#include <gtest/gtest.h>

#include "node/probe/edge_proof.hpp"
#include "sip/syntax/message.hpp"
#include "sip/syntax/message_check.hpp"

namespace node {
namespace {

const std::string challenge = challenge_text({1, 2, 3}, {asio::ip::make_address("192.0.2.9"), 5060});
const crypto::Bytes<30> random_bytes = [] {
    crypto::Bytes<30> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(41 * i + 7);  // no part of it is like another
    return bytes;
}();
const sip::Endpoint here{asio::ip::make_address("192.0.2.5"), 41000};

OptionsRequest asking(std::string_view domain, sip::Transport transport = sip::Transport::udp,
                      const sip::Endpoint& local = here, const crypto::Bytes<30>& random = random_bytes) {
    OptionsAsk ask;
    ask.transport = transport;
    ask.uri = sip_uri_of(domain);
    ask.field = challenge_header;
    ask.value = challenge;
    ask.answer_field = key_header;
    return {ask, local, random};
}

struct OptionsRequestTest : ::testing::Test {
    OptionsRequest question = asking("example.org");
    sip::ParsedMessage request = sip::MessageView::parse(question.text()).value();

    /// The 200 that a server would send, with one field changed.
    [[nodiscard]] std::string answer(const std::string& from = {}, const std::string& to = {}) const {
        std::string text = "SIP/2.0 200 OK\r\n";
        for (const auto id :
             {sip::Header::via, sip::Header::from, sip::Header::to, sip::Header::call_id, sip::Header::cseq})
            text += std::string(sip::name(id)) + ": " + std::string(request.header(id).value()) + "\r\n";
        text += "Content-Length: 0\r\n\r\n";
        if (from.empty()) return text;
        const auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return text.replace(at, from.size(), to);
    }
};

TEST_F(OptionsRequestTest, it_is_a_well_formed_OPTIONS_to_the_domain_itself) {
    EXPECT_EQ(sip::check(request), std::nullopt) << question.text();
    EXPECT_EQ(request.method(), sip::Method::options);
    EXPECT_EQ(request.request_uri(), "sip:example.org");
    EXPECT_EQ(request.header(challenge_header), challenge);
    const auto via = request.top_via().value();
    EXPECT_EQ(via.transport, "UDP");
    EXPECT_EQ(via.host, "192.0.2.5");
    EXPECT_EQ(via.port, 41000);
    EXPECT_TRUE(via.parameter("rport").has_value());
    EXPECT_FALSE(request.from_tag().empty());
    EXPECT_TRUE(request.to_tag().empty());
    EXPECT_EQ(request.header(sip::Header::user_agent), "Hedgewitch") << "which version is nobody's business";
}

TEST_F(OptionsRequestTest, addresses_of_IPv6_stand_in_brackets) {
    const auto six =
        asking("2001:db8::1", sip::Transport::tcp, {asio::ip::make_address("2001:db8::5"), 1025});
    const auto text = sip::MessageView::parse(six.text()).value();
    EXPECT_EQ(text.request_uri(), "sip:[2001:db8::1]");
    EXPECT_EQ(sip::check(text), std::nullopt) << six.text();
    EXPECT_EQ(text.top_via()->transport, "TCP");
}

TEST_F(OptionsRequestTest, a_domain_with_line_ends_in_it_adds_no_header) {
    const auto evil = asking("a\r\nX: y");
    EXPECT_EQ(evil.text().find("\nX:"), std::string::npos) << evil.text();
}

TEST_F(OptionsRequestTest, its_own_response_is_known_with_the_status) {
    EXPECT_EQ(question.read(answer())->status, 200);
    EXPECT_EQ(question.read(answer("200 OK", "100 Trying"))->status, 100);
    EXPECT_EQ(question.read(answer("200 OK", "503 No"))->status, 503);
    EXPECT_EQ(question.read(answer("200 OK\r\n", "200 OK\r\nHedgewitch-Key: k;sig=s\r\n"))->field, "k;sig=s");
    EXPECT_EQ(question.read(answer("200 OK\r\n", "200 OK\r\nhedgewitch-key: k\r\n"))->field, "k");
    EXPECT_EQ(question.read(answer("200 OK\r\n", "404 No\r\nHedgewitch-Key: k\r\n"))->field, "");
}

TEST_F(OptionsRequestTest, a_response_that_differs_in_what_only_we_know_is_no_answer) {
    const std::string call_id(request.call_id()), tag(request.from_tag());
    const std::string branch(request.top_via()->branch());
    EXPECT_FALSE(question.read(answer(call_id, "guess")));
    EXPECT_FALSE(question.read(answer(tag, "guess")));
    EXPECT_FALSE(question.read(answer(branch, "z9hG4bKguess")));
    EXPECT_FALSE(question.read(answer("1 OPTIONS", "2 OPTIONS")));
    EXPECT_FALSE(question.read(answer("1 OPTIONS", "1 INVITE")));
    EXPECT_FALSE(question.read(answer("Via: ", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx\r\nVia: ")));
    EXPECT_FALSE(question.read(answer("Via: ", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx, ")));
    EXPECT_FALSE(question.read(answer("\r\nFrom: ", "\r\nVia: SIP/2.0/UDP 192.0.2.9\r\nFrom: ")));
    EXPECT_FALSE(question.read(answer("\r\nFrom: ", ", SIP/2.0/UDP 192.0.2.9\r\nFrom: ")));
    EXPECT_FALSE(question.read(question.text()));  // our own words, sent back
    EXPECT_FALSE(question.read(""));
    EXPECT_FALSE(question.read("HTTP/1.1 200 OK\r\n\r\n"));
    const auto whole = answer();
    for (std::size_t i = 0; i + 40 < whole.size(); ++i)  // cut before CSeq has come
        EXPECT_FALSE(question.read(whole.substr(0, i))) << i;
}

TEST_F(OptionsRequestTest, other_random_bytes_give_another_question) {
    const auto other = asking("example.org", sip::Transport::udp, here, crypto::Bytes<30>{1});
    EXPECT_FALSE(other.read(answer()));
}

}  // namespace
}  // namespace node
