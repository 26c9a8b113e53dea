// tests/sip/proxy/branch_ids_test.cpp
#include "sip/proxy/branch_ids.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

struct BranchIdsTest : ::testing::Test {
    BranchIds ids{secret};
    Request request;

    std::string loop_hash() { return ids.loop_hash(*MessageView::parse(request.text())); }
    /// The request as it comes back with a Via of ours on top.
    bool looped_with(const std::string& branch) {
        std::string wire = request.text();
        wire.insert(wire.find("Via: "),
                    "Via: SIP/2.0/UDP elsewhere.test;branch=z9hG4bKx\r\n"
                    "Via: SIP/2.0/UDP 127.0.0.2:5060;branch=" +
                        branch + "\r\n");
        return ids.looped(*MessageView::parse(wire));
    }
};

TEST_F(BranchIdsTest, each_branch_is_new_and_begins_with_the_cookie_of_rfc3261) {
    const std::string loop = loop_hash();
    const std::string first = ids.next(loop), second = ids.next(loop);
    EXPECT_NE(first, second);
    for (const auto& branch : {first, second}) {
        EXPECT_TRUE(branch.starts_with("z9hG4bK")) << branch;
        EXPECT_TRUE(branch.ends_with("." + loop)) << branch;
    }
}

TEST_F(BranchIdsTest, a_request_that_comes_back_unchanged_is_a_loop_wherever_our_Via_stands) {
    EXPECT_FALSE(ids.looped(*MessageView::parse(request.text())));
    EXPECT_TRUE(looped_with(ids.next(loop_hash())));
}

TEST_F(BranchIdsTest, one_that_was_changed_on_its_way_is_a_spiral) {
    const std::string before = ids.next(loop_hash());
    request.uri = "sip:carol@home.test";
    EXPECT_FALSE(looped_with(before));
    request.uri = Request{}.uri;
    request.more = "Route: <sip:other.test;lr>\r\n";
    EXPECT_FALSE(looped_with(before));
}

TEST_F(BranchIdsTest, what_routing_does_not_look_at_makes_no_difference) {
    const std::string before = loop_hash();
    request.more = "Subject: another\r\n";
    request.body = "v=0\r\n";
    request.branch = "z9hG4bKother";
    EXPECT_EQ(loop_hash(), before);
}

TEST_F(BranchIdsTest, another_key_knows_nothing_of_our_loops) {
    const BranchIds others({9, 9, 9});
    EXPECT_NE(others.loop_hash(*MessageView::parse(request.text())), loop_hash());
}

TEST_F(BranchIdsTest, the_same_ACK_has_the_same_branch_and_another_one_another) {
    request.method = "ACK";
    const auto branch = [&] { return ids.of_ack(*MessageView::parse(request.text())); };
    const std::string first = branch();
    (void)ids.next(loop_hash());
    EXPECT_EQ(branch(), first);
    request.to += ";tag=other";
    EXPECT_NE(branch(), first);
}

}  // namespace
}  // namespace sip::testing
