// tests/sip/edge/pending_routes_test.cpp - requests that wait: by key and serial, with a 100 and a deadline.
#include "sip/edge/pending_routes.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

struct PendingRoutesTest : ::testing::Test {
    PendingRoutes pendings;
    PendingRoutes::Time now{1000h};

    static PendingRoutes::Key key(std::uint8_t n) { return {{n}}; }
    RouteId add(std::uint8_t n, const std::string& method = "INVITE") {
        Request request;
        request.method = method;
        const std::string wire = request.text();
        PendingRoutes::Pending pending;
        pending.request = StoredRequest(*MessageView::parse(wire));
        pending.flow = udp_flow();
        return pendings.add(key(n), std::move(pending), now);
    }
    /// "1 trying", "1 expired"; empty: nothing is due.
    std::string due() {
        const auto found = pendings.next_due(now);
        if (!found) return {};
        const std::string who = std::to_string(found->key.bytes[0]);
        if (!found->expired) return who + " trying";
        EXPECT_TRUE(pendings.take(found->key));
        return who + " expired";
    }
};

TEST_F(PendingRoutesTest, the_request_is_kept_as_it_was_read) {
    const RouteId id = add(1);
    const auto taken = pendings.take(id.key, id.serial);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->request.wire(), Request{}.text());
    EXPECT_EQ(taken->request.request_uri(), "sip:bob@example.net");
    EXPECT_FALSE(pendings.take(id.key));
}

TEST_F(PendingRoutesTest, an_answer_for_an_earlier_request_of_the_same_key_is_told_apart) {
    const RouteId first = add(1);
    EXPECT_TRUE(pendings.take(first.key));  // cancelled
    const RouteId second = add(1);
    EXPECT_EQ(first.key, second.key);
    EXPECT_FALSE(pendings.take(first.key, first.serial));
    EXPECT_TRUE(pendings.take(second.key, second.serial));
}

TEST_F(PendingRoutesTest, an_INVITE_gets_its_100_after_200_ms_and_then_waits_for_its_deadline) {
    add(1);
    EXPECT_EQ(pendings.next_wake(), now + 200ms);
    EXPECT_EQ(due(), "");
    now += 200ms;
    EXPECT_EQ(due(), "1 trying");
    EXPECT_TRUE(pendings.find(key(1))->tried);
    EXPECT_EQ(due(), "");
    EXPECT_EQ(pendings.next_wake(), now + PendingRoutes::deadline - 200ms);
    now += PendingRoutes::deadline - 200ms;
    EXPECT_EQ(due(), "1 expired");
    EXPECT_EQ(pendings.next_wake(), std::nullopt);
}

TEST_F(PendingRoutesTest, others_get_it_when_timer_E_has_come_to_T2_and_an_ACK_never) {
    add(1, "MESSAGE");
    add(2, "ACK");
    now += 3499ms;
    EXPECT_EQ(due(), "");
    now += 1ms;
    EXPECT_EQ(due(), "1 trying") << "RFC 4320 §4.1";
    now += PendingRoutes::deadline - 3501ms;
    EXPECT_EQ(due(), "");
    now += 1ms;
    EXPECT_EQ(due(), "2 expired");
    EXPECT_EQ(due(), "1 expired");
}

TEST_F(PendingRoutesTest, one_that_is_taken_is_never_due) {
    add(1);
    add(2);
    EXPECT_TRUE(pendings.take(key(1)));
    now += 2 * PendingRoutes::deadline;
    EXPECT_EQ(due(), "2 expired");
    EXPECT_EQ(due(), "");
}

TEST_F(PendingRoutesTest, they_are_bounded_in_bytes) {
    EXPECT_FALSE(pendings.full());
    const std::string body(60'000, 'x');
    Request request;
    request.body = body;
    const std::string wire = request.text();
    std::uint16_t n = 0;
    while (!pendings.full() && n < 2000) {
        PendingRoutes::Pending pending;
        pending.request = StoredRequest(*MessageView::parse(wire));
        pendings.add({{static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(n >> 8U)}}, std::move(pending),
                     now);
        ++n;
    }
    EXPECT_NEAR(n, 278, 5);
    EXPECT_TRUE(pendings.take({{0, 0}}));
    EXPECT_TRUE(pendings.take({{1, 0}}));
    EXPECT_FALSE(pendings.full());
}

}  // namespace

}  // namespace sip::testing
