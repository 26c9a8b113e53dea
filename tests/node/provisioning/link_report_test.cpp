// tests/node/provisioning/link_report_test.cpp - what a person reads of a link.
#include "node/provisioning/link_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace node {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string words(const LinkReport& link) {
    const auto all = link_sentences(link);
    return std::accumulate(all.begin(), all.end(), std::string());
}

TEST(LinkReport, says_when_the_network_can_read_along_and_when_phones_have_to_be_set_up_anew) {
    LinkReport link;
    link.user = "alice";
    link.good_for_s = 600;
    link.plain = true;
    EXPECT_THAT(words(link), HasSubstr("once, within the next 10 minutes"));
    EXPECT_THAT(words(link), HasSubstr("goes over plain HTTP"));
    EXPECT_THAT(words(link), HasSubstr("they are given a new one"));
    EXPECT_THAT(words(link), AllOf(HasSubstr("No browser: "), Not(HasSubstr("/phone "))));
    link.for_browsers = true;
    EXPECT_THAT(words(link), AllOf(HasSubstr("A browser: open /phone"), Not(HasSubstr("No browser"))));
    link.plain = false;
    link.proven = link.password_known = true;
    link.transport = "tls";
    EXPECT_THAT(words(link), Not(HasSubstr("plain HTTP")));
    EXPECT_THAT(words(link), Not(HasSubstr("a new one")));
    EXPECT_THAT(words(link), Not(HasSubstr("not to check")));
    link.proven = false;
    EXPECT_THAT(words(link), HasSubstr("Linphone will refuse"));
    EXPECT_THAT(words(link), HasSubstr("not to check certificates"));
}

}  // namespace
}  // namespace node
