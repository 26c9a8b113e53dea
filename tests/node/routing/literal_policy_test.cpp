// tests/node/routing/literal_policy_test.cpp - when a bare address is called.
#include "node/routing/literal_policy.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

const std::vector<overlay::Prefix> mesh = {overlay::Prefix(asio::ip::make_address("10.77.0.0"), 16)};

StepAnswer judged(const char* address, bool from_contact, std::optional<std::string> transport = {},
                  bool sips = false) {
    StepQuestion target;
    target.dialled.user = "bob";
    target.dialled.host = address;
    target.dialled.transport = std::move(transport);
    target.dialled.sips = sips;
    return judge_literal(target, asio::ip::make_address(address), from_contact, mesh);
}

TEST(LiteralPolicy, an_address_in_the_mesh_is_called_by_who_dials_it) {
    const auto step = judged("10.77.1.9", false);
    EXPECT_EQ(step.verdict, Verdict::found);
    EXPECT_EQ(step.answer.status, 302);
    ASSERT_EQ(step.answer.contacts.size(), 1U);
    EXPECT_EQ(step.answer.contacts[0].uri, "sip:bob@10.77.1.9:5060;transport=udp");
}

TEST(LiteralPolicy, elsewhere_it_is_refused_with_what_to_dial_instead) {
    for (const char* address : {"192.0.2.1", "10.78.0.1", "127.0.0.1", "2001:db8::1"}) {
        const auto step = judged(address, false);
        EXPECT_NE(step.verdict, Verdict::found) << address;
        EXPECT_EQ(step.answer.status, 403) << address;
        EXPECT_TRUE(step.answer.contacts.empty()) << address;
        EXPECT_NE(step.sentence.find("Dial a name."), std::string::npos) << step.sentence;
    }
}

TEST(LiteralPolicy, an_IPv4_address_written_as_IPv6_is_the_same_address) {
    EXPECT_EQ(judged("::ffff:10.77.1.9", false).answer.status, 302);
    EXPECT_EQ(judged("::ffff:10.78.1.9", false).answer.status, 403);
}

TEST(LiteralPolicy, a_contact_that_is_an_address_is_called_wherever_it_is) {
    const auto step = judged("2001:db8::1", true, "tcp");
    EXPECT_EQ(step.answer.status, 302);
    EXPECT_EQ(step.answer.contacts.at(0).uri, "sip:bob@[2001:db8::1]:5060;transport=tcp");
}

TEST(LiteralPolicy, sips_goes_by_TLS_to_its_port) {
    EXPECT_EQ(judged("10.77.1.9", false, {}, true).answer.contacts.at(0).uri,
              "sip:bob@10.77.1.9:5061;transport=tls");
}

TEST(LiteralPolicy, who_types_an_address_for_a_name_is_told_that_it_is_one) {
    for (const char* typed :
         {"192.168.7.7", "192.168.7.7:5070", "sip:192.168.7.7", "[fd00::7]", "[fd00::7]:5070", "fd00::7"}) {
        const auto sentence = no_name_but_an_address(typed);
        EXPECT_NE(sentence.find("is an address, and nobody"), std::string::npos) << typed;
        EXPECT_NE(sentence.find("Dial a name"), std::string::npos) << typed;
    }
    EXPECT_NE(no_name_but_an_address("fd00::7").find("(bob@[fd00::7])"), std::string::npos);
    for (const char* typed :
         {"", "bob", "12", "*43", "192.168.7", "1.2.3.4.5", "bob@192.168.7.7", "[", "[]", ":", "sip:"})
        EXPECT_EQ(no_name_but_an_address(typed), "") << typed;
}

}  // namespace
}  // namespace node
