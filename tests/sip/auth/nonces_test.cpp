// tests/sip/auth/nonces_test.cpp - nonces that serve once for each nc.
#include "sip/auth/nonces.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <set>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

constexpr Nonces::Time start = Nonces::Time{} + std::chrono::hours(1);
const auto source = asio::ip::make_address("192.0.2.1");

TEST(Nonces, each_nc_is_good_once_and_may_come_a_little_out_of_order) {
    Nonces nonces(secret);
    const std::string nonce = nonces.issue(source, start);
    EXPECT_EQ(nonces.use(nonce, 1, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 1, source, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(nonce, 4, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 3, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 3, source, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(nonce, 2, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 4, source, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(nonce, 0, source, start), Nonces::Use::replayed);
}

TEST(Nonces, the_window_is_64_wide_and_a_jump_forgets_nothing) {
    Nonces nonces(secret);
    const std::string nonce = nonces.issue(source, start);
    EXPECT_EQ(nonces.use(nonce, 100, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 36, source, start),
              Nonces::Use::replayed);  // 64 back: it might have been seen
    EXPECT_EQ(nonces.use(nonce, 37, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 0xffffffff, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 100, source, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(nonce, 0xffffffff, source, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(nonce, 0xffffffff - 63, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 0xffffffff - 63, source, start), Nonces::Use::replayed);
}

TEST(Nonces, live_five_minutes_and_only_in_the_run_that_issued_them) {
    Nonces nonces(secret);
    const std::string nonce = nonces.issue(source, start);
    EXPECT_EQ(nonces.use(nonce, 1, source, start + Nonces::life), Nonces::Use::good);
    EXPECT_EQ(nonces.use(nonce, 2, source, start + Nonces::life + std::chrono::milliseconds(1)),
              Nonces::Use::stale);
    EXPECT_EQ(nonces.use(nonce, 3, source, start - std::chrono::seconds(1)), Nonces::Use::stale);
    auto other = secret;
    other[31] ^= 1;
    Nonces next_run(other);
    EXPECT_EQ(next_run.use(nonce, 1, source, start), Nonces::Use::stale);
    EXPECT_EQ(next_run.use("", 1, source, start), Nonces::Use::stale);
    EXPECT_EQ(next_run.use("not base64!", 1, source, start), Nonces::Use::stale);
    EXPECT_EQ(next_run.use(std::string(4000, 'A'), 1, source, start), Nonces::Use::stale);
}

TEST(Nonces, one_changed_character_makes_it_none_of_ours) {
    Nonces nonces(secret);
    const std::string nonce = nonces.issue(source, start);
    for (std::size_t i = 0; i < nonce.size(); ++i) {
        std::string changed = nonce;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(nonces.use(changed, 1, source, start), Nonces::Use::stale) << i;
    }
    EXPECT_EQ(nonces.use(nonce, 1, source, start), Nonces::Use::good);
}

TEST(Nonces, what_was_forgotten_for_lack_of_memory_is_still_refused) {
    Nonces nonces(secret, 3);
    std::vector<std::string> issued;
    for (int i = 0; i < 5; ++i)
        issued.push_back(nonces.issue(source, start));
    for (const auto& nonce : issued)
        EXPECT_EQ(nonces.use(nonce, 1, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.remembered(), 3U);
    EXPECT_EQ(nonces.use(issued[0], 1, source, start), Nonces::Use::stale);
    EXPECT_EQ(nonces.use(issued[1], 2, source, start), Nonces::Use::stale);
    for (int i = 2; i < 5; ++i)
        EXPECT_EQ(nonces.use(issued[static_cast<std::size_t>(i)], 1, source, start), Nonces::Use::replayed);
}

TEST(Nonces, without_an_nc_a_nonce_is_good_once_and_only_if_nobody_used_it) {
    Nonces nonces(secret);
    const std::string first = nonces.issue(source, start), second = nonces.issue(source, start);
    EXPECT_EQ(nonces.use_once(first, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use_once(first, source, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(first, 1, source, start), Nonces::Use::replayed);
    EXPECT_EQ(nonces.use(second, 1, source, start), Nonces::Use::good);
    EXPECT_EQ(nonces.use_once(second, source, start), Nonces::Use::replayed);
}

TEST(Nonces, serve_where_they_were_sent_alone) {
    Nonces nonces(secret);
    const std::string nonce = nonces.issue(source, start);
    const auto other = asio::ip::make_address("192.0.2.2");
    EXPECT_FALSE(nonces.is_fresh(nonce, other, start));
    EXPECT_EQ(nonces.use(nonce, 1, other, start), Nonces::Use::stale);
    EXPECT_TRUE(nonces.is_fresh(nonce, source, start));
    const auto v6 = nonces.issue(asio::ip::make_address("2001:db8::1"), start);
    EXPECT_TRUE(nonces.is_fresh(v6, asio::ip::make_address("2001:db8::2"), start)) << "one home";
}

TEST(Nonces, tell_neither_the_time_nor_how_many_there_were) {
    Nonces nonces(secret);
    const auto bytes = [](const std::string& nonce) {
        std::string raw(64, '\0');
        std::size_t size = 0;
        EXPECT_EQ(sodium_base642bin(reinterpret_cast<unsigned char*>(raw.data()), raw.size(), nonce.data(),
                                    nonce.size(), nullptr, &size, nullptr,
                                    sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                  0);
        return raw.substr(0, size);
    };
    // Two in a row differ in nearly every byte, and no byte is often the same.
    std::map<std::size_t, std::set<char>> seen;
    for (int i = 0; i < 64; ++i) {
        const auto raw = bytes(nonces.issue(source, start));
        ASSERT_EQ(raw.size(), 32u);
        for (std::size_t at = 0; at < raw.size(); ++at)
            seen[at].insert(raw[at]);
    }
    for (const auto& [at, values] : seen)
        EXPECT_GT(values.size(), 40u) << at;
}

TEST(Nonces, issuing_remembers_nothing) {
    Nonces nonces(secret, 3);
    const std::string mine = nonces.issue(source, start);
    for (int i = 0; i < 1000; ++i)
        (void)nonces.issue(source, start);
    EXPECT_EQ(nonces.remembered(), 0U);
    EXPECT_EQ(nonces.use(mine, 1, source, start), Nonces::Use::good);
}

}  // namespace

}  // namespace sip::testing
