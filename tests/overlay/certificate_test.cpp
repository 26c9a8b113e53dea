// tests/overlay/certificate_test.cpp - what a node without the owner's seed can write: its own slot of the
// days it was certified for, and nothing else.
#include "overlay/certified_name.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/overlay/records.hpp"

namespace overlay {
namespace {

using namespace testing_records;

const RecordName alices{owner().public_key(), {}, "alice"};

// The golden certified block with another certificate in it, another slot, and signed by the writer again:
// what a writer can try that does not go by make_block().
Wire resigned(const Certificate& certificate, std::uint8_t slot = 3) {
    auto wire = certified_block();
    const auto expected = certificate_for(3);
    std::ranges::copy(certificate, std::search(wire.begin(), wire.end(), expected.begin(), expected.end()));
    wire[41] = slot;
    const auto body = crypto::ByteView(wire).subspan(1, wire.size() - 67);
    std::ranges::copy(writers_signer().sign("hedgewitch/v1/block", body), wire.end() - 64);
    return wire;
}
void expect_refused(const Wire& wire) {
    EXPECT_EQ(check_block(wire, location(alice().blinded, 0), golden_now).error(), Errc::bad_certificate);
    EXPECT_EQ(open_block(wire, alice(), golden_now).error(), Errc::bad_certificate);
}

TEST(Certificate, the_helper_of_this_test_makes_the_golden_block) {
    EXPECT_EQ(resigned(certificate_for(3)), certified_block());
}

TEST(Certificate, of_another_slot_is_refused) {
    expect_refused(resigned(certificate_for(3), 4));
    expect_refused(resigned(certificate_for(4), 3));
    const auto both = resigned(certificate_for(4), 4);
    EXPECT_TRUE(check_block(both, location(alice().blinded, 0), golden_now)) << "4 is good where 4 is said";
    EXPECT_EQ(open_block(both, alice(), golden_now).error(), Errc::cannot_open)
        << "but the box was made for slot 3";
}

TEST(Certificate, of_yesterday_or_tomorrow_is_refused) {
    expect_refused(resigned(certificate_for(3, alice(period - 1))));
    expect_refused(resigned(certificate_for(3, alice(period + 1))));
}

TEST(Certificate, of_another_owner_or_label_is_refused) {
    const auto stranger = crypto::Identity::from_seed(seed_counting_from(77));
    const auto foreign = crypto::blind(stranger.public_key(), {}, "alice", period).value();
    const auto by_stranger =
        make_certificate(crypto::BlindedSigner(stranger, foreign), foreign, 3, writer().public_key());
    expect_refused(resigned(*by_stranger));
    const auto bob = crypto::blind(owner().public_key(), {}, "bob", period).value();
    expect_refused(resigned(certificate_for(3, bob)));
    const auto unlisted = crypto::blind(owner().public_key(), counting_from<16>(1), "alice", period).value();
    expect_refused(resigned(certificate_for(3, unlisted)));
}

TEST(Certificate, is_of_no_use_to_another_writer) {
    const auto thief = crypto::Identity::from_seed(seed_counting_from(77));
    EXPECT_EQ(make_block(thief, certificate_for(3), alice(), two_contacts(), parameters()).error(),
              Errc::bad_certificate);
    auto wire = certified_block();
    const auto body = crypto::ByteView(wire).subspan(1, wire.size() - 67);
    const auto w = crypto::blind_writer(thief.public_key(), alice()).value();
    std::ranges::copy(crypto::BlindedSigner(thief, w).sign("hedgewitch/v1/block", body), wire.end() - 64);
    EXPECT_EQ(check_block(wire, location(alice().blinded, 0), golden_now).error(), Errc::bad_signature);
    EXPECT_EQ(open_block(wire, alice(), golden_now).error(), Errc::bad_signature);
}

TEST(Certificate, lets_its_node_say_contacts_and_neither_give_the_name_away_nor_end_it) {
    EXPECT_EQ(by_stolen_node(two_contacts(), parameters()), certified_block()) << "the helper's own bytes";
    for (const auto kind : {Kind::delegation, Kind::tombstone}) {
        EXPECT_EQ(make_block(writer(), certificate_for(3), alice(), of_kind(kind), parameters()).error(),
                  Errc::beyond_certificate);
        for (const std::uint16_t seq : std::initializer_list<std::uint16_t>{0, 200, 601, max_seq}) {
            const auto wire = by_stolen_node(of_kind(kind), parameters(3, seq));
            EXPECT_TRUE(check_block(wire, location(alice().blinded, 0), now)) << "storers cannot tell";
            EXPECT_EQ(open_block(wire, alice(), now).error(), Errc::beyond_certificate);
        }
        EXPECT_TRUE(open_block(block_of(of_kind(kind), parameters(3, 601)), alice(), now))
            << "the owner himself may";
    }
}

TEST(Certificate, does_not_let_its_node_date_its_word_ahead) {
    const auto dated = [](UnixSeconds issued_at) {
        auto record = two_contacts();
        record.issued_at = issued_at;
        return record;
    };
    const auto opened = [&](UnixSeconds issued_at) {
        return open_block(by_stolen_node(dated(issued_at), parameters(3, 601)), alice(), now);
    };
    EXPECT_TRUE(opened(now + 600));
    EXPECT_EQ(opened(now + 601).error(), Errc::from_the_future);
    EXPECT_EQ(opened(now + UnixSeconds{10} * 365 * 86400).error(), Errc::from_the_future);
    EXPECT_EQ(opened(UINT64_MAX).error(), Errc::from_the_future);
    EXPECT_TRUE(open_block(block_of(dated(now + 3600), parameters(3, 601)), alice(), now))
        << "the owner's clock may be wrong, and he can still be called";
}

TEST(Certificate, shows_no_key_that_another_day_shows) {
    const auto w = [](std::uint32_t day) {
        const auto c = certificate_for(3, alice(day));
        return crypto::PublicKey(crypto::bytes_from_hex<32>(crypto::to_hex(crypto::ByteView(c).first(32))));
    };
    EXPECT_NE(w(period), w(period + 1));
    EXPECT_NE(w(period), writer().public_key());
}

TEST(CertifiedName, has_one_certificate_for_each_day_and_says_when_they_run_out) {
    const auto certified = certify(owner(), alices, 3, writer().public_key(), period, 30).value();
    EXPECT_EQ(certified.name, alices);
    EXPECT_EQ(certified.slot, 3);
    ASSERT_EQ(certified.by_period.size(), 30u);
    EXPECT_EQ(certified.until(), (UnixSeconds{period} + 30) * 86400);
    EXPECT_EQ(CertifiedName{}.until(), 0u);
    for (std::uint32_t day = period; day < period + 30; ++day)
        EXPECT_TRUE(
            make_block(writer(), certified.by_period.at(day), alice(day), two_contacts(), parameters(3, 0)));
    EXPECT_EQ(certify(owner(), alices, 16, writer().public_key(), period, 1).error(), Errc::bad_slot);
    EXPECT_EQ(
        certify(owner(), {owner().public_key(), {}, "Alice"}, 3, writer().public_key(), period, 1).error(),
        crypto::Errc::bad_label);
}

}  // namespace
}  // namespace overlay
