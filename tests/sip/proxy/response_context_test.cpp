// tests/sip/proxy/response_context_test.cpp
#include "sip/proxy/response_context.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

using Group = std::vector<std::size_t>;

ForwardRequest to(std::vector<ProxyTarget> targets, const std::string& more = {}) {
    Request request;
    request.more = more;
    ForwardRequest forward;
    forward.request = StoredRequest(*MessageView::parse(request.text()));
    forward.targets = std::move(targets);
    return forward;
}

ProxyTarget target(std::uint16_t q, std::initializer_list<const char*> uris = {"sip:x@10.0.0.1"}) {
    ProxyTarget out;
    out.q = q;
    for (const char* uri : uris) {
        out.hops.emplace_back();
        out.hops.back().uri = uri;
    }
    return out;
}

TEST(ResponseContext, the_targets_of_the_best_q_come_first_and_together) {
    ResponseContext c(1, "loop", to({target(500), target(1000), target(0), target(1000)}));
    EXPECT_EQ(c.take_group(), (Group{1, 3}));
    EXPECT_EQ(c.take_group(), (Group{0}));
    EXPECT_TRUE(c.more_targets()) << "q=0 is the last, and still one";
    EXPECT_EQ(c.take_group(), (Group{2}));
    EXPECT_FALSE(c.more_targets());
}

TEST(ResponseContext, the_hops_of_a_target_come_one_after_the_other) {
    ResponseContext c(1, "loop", to({target(1000, {"sip:a@10.0.0.1", "sip:a@10.0.0.2"})}));
    EXPECT_EQ(c.take_hop(0)->uri, "sip:a@10.0.0.1");
    EXPECT_TRUE(c.more_hops(0));
    EXPECT_EQ(c.take_hop(0)->uri, "sip:a@10.0.0.2");
    EXPECT_FALSE(c.more_hops(0));
    EXPECT_EQ(c.take_hop(0), nullptr);
}

TEST(ResponseContext, what_a_3xx_named_is_tried_before_what_was_left) {
    ResponseContext c(1, "loop", to({target(1000, {"sip:a@10.0.0.1", "sip:a@10.0.0.2"})}));
    (void)c.take_hop(0);
    c.add_hops(0, target(0, {"sip:new@10.0.0.3", "sip:new@10.0.0.4"}).hops);
    EXPECT_EQ(c.take_hop(0)->uri, "sip:new@10.0.0.3");
    EXPECT_EQ(c.take_hop(0)->uri, "sip:new@10.0.0.4");
    EXPECT_EQ(c.take_hop(0)->uri, "sip:a@10.0.0.2");
}

TEST(ResponseContext, an_answer_is_waited_for_until_each_branch_is_done_or_left) {
    ResponseContext c(1, "loop", to({target(1000)}));
    EXPECT_FALSE(c.waiting());
    c.branches.resize(2);
    EXPECT_TRUE(c.waiting());
    c.branches[0].done = true;
    c.branches[1].left = true;
    EXPECT_FALSE(c.waiting());
}

TEST(ResponseContext, it_is_over_when_no_transaction_is_left) {
    ResponseContext c(1, "loop", to({target(1000)}));
    c.branches.resize(2);
    c.branches[1].id = "z9hG4bKx";
    EXPECT_FALSE(c.transactions_over());
    c.branches[1].id.clear();
    EXPECT_TRUE(c.transactions_over());
}

TEST(ResponseContext, nobody_else_is_tried_after_an_answer_a_CANCEL_or_a_6xx) {
    for (bool ResponseContext::*why :
         {&ResponseContext::final_sent, &ResponseContext::cancelled, &ResponseContext::ended}) {
        ResponseContext c(1, "loop", to({target(1000)}));
        EXPECT_TRUE(c.open());
        c.*why = true;
        EXPECT_FALSE(c.open());
    }
}

TEST(ResponseContext, a_uri_that_was_tried_is_known) {
    ResponseContext c(1, "loop", to({target(1000)}));
    c.branches.resize(1);
    c.branches[0].uri = "sip:bob@10.0.0.1";
    EXPECT_TRUE(c.tried_uri("sip:bob@10.0.0.1"));
    EXPECT_FALSE(c.tried_uri("sip:bob@10.0.0.2"));
}

TEST(ResponseContext, the_callers_Max_Breadth_counts_and_60_without_one) {
    EXPECT_EQ(ResponseContext(1, "", to({target(1)})).breadth, 60U);
    EXPECT_EQ(ResponseContext(1, "", to({target(1)}, "Max-Breadth: 7\r\n")).breadth, 7U);
    EXPECT_EQ(ResponseContext(1, "", to({target(1)}, "Max-Breadth: many\r\n")).breadth, 60U);
}

}  // namespace
}  // namespace sip::testing
