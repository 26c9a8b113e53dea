// tests/sip/auth/nonces_test.cpp - nonces that serve once for each nc.
#include "sip/auth/nonces.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

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

}  // namespace

}  // namespace sip::testing
