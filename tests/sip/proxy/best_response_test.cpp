// tests/sip/proxy/best_response_test.cpp - RFC 3261 §16.7 step 6 as a table.
#include "sip/proxy/best_response.hpp"

#include <gtest/gtest.h>

namespace sip::testing {

namespace {

TEST(BestResponse, the_lowest_class_and_in_it_what_helps_the_caller) {
    const auto best = [](std::vector<int> statuses) {
        std::vector<Refusal> refusals;
        for (const int status : statuses)
            refusals.push_back({status, "SIP/2.0 " + std::to_string(status) + " X\r\n\r\n"});
        return best_response(refusals).status;
    };
    EXPECT_EQ(best({500, 404, 302}), 302);
    EXPECT_EQ(best({302, 603}), 603);
    EXPECT_EQ(best({486, 401}), 401);
    EXPECT_EQ(best({408, 480, 486}), 486);
    EXPECT_EQ(best({487, 408}), 408);
    EXPECT_EQ(best({500, 486}), 486);
    EXPECT_EQ(best({503, 504}), 504);
    EXPECT_EQ(best({404, 415}), 415);
    EXPECT_EQ(best({503}), 500);
    EXPECT_EQ(best_response({{503, {}}}).status, 480);
    EXPECT_EQ(best_response({{430, {}}, {503, {}}}).status, 480);
}

TEST(BestResponse, another_way_helps_against_silence_and_not_against_a_person) {
    for (const int status : {408, 430, 503})
        EXPECT_TRUE(another_hop_may_help(status) && !was_there(status)) << status;
    for (const int status : {401, 407, 486, 487, 600, 603})
        EXPECT_TRUE(was_there(status) && !another_hop_may_help(status)) << status;
    EXPECT_FALSE(was_there(480) || another_hop_may_help(480));
}

}  // namespace

}  // namespace sip::testing
