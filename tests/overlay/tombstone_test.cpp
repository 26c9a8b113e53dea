// tests/overlay/tombstone_test.cpp - what storers and callers take for a tombstone, what they refuse, and the
// file that is kept with the backup.
#include "overlay/tombstone.hpp"

#include <gtest/gtest.h>
#include <sodium/crypto_hash_sha256.h>

#include <algorithm>

#include "tests/overlay/records.hpp"

namespace overlay {
namespace {

using namespace testing_records;

constexpr std::uint32_t epoch = 219;  // holds `period`
constexpr UnixSeconds start = UnixSeconds{epoch} * epoch_length;
constexpr UnixSeconds end = epoch_end(epoch);

crypto::Blinding revocation(std::uint32_t q = epoch) {
    return revocation_blinding(owner().public_key(), q).value();
}
Tombstone tombstone(std::uint32_t q = epoch) {
    return make_tombstone(owner(), q, UnixSeconds{q} * epoch_length, counting_from<24>(0)).value();
}
// Rolls the same bytes in every run.
void random(std::span<std::uint8_t> out) {
    static std::uint8_t next = 0;
    for (auto& byte : out)
        byte = next++;
}
std::string sha256(crypto::ByteView bytes) {
    crypto::Bytes<32> digest;
    crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
    return crypto::to_hex(digest);
}
std::error_code storer(const Wire& wire, UnixSeconds when) {
    const auto checked = check_block(wire, location(parse_block(wire)->blinded, 0), when);
    return checked ? std::error_code() : checked.error();
}
std::error_code caller(const Wire& wire, std::uint32_t q = epoch) {
    const auto opened = open_tombstone(wire, revocation(q));
    return opened ? std::error_code() : opened.error();
}
// A block under the revocation's key, signed by the owner, with whatever is asked for.
Wire under_revocation(const BlockParameters& p, const InnerRecord& record) {
    return make_block(crypto::BlindedSigner(owner(), revocation()), revocation(), record, p).value();
}
InnerRecord word(Kind kind = Kind::tombstone) {
    InnerRecord record;
    record.kind = kind;
    record.issued_at = start;
    return record;
}

TEST(Tombstone, these_inputs_give_these_bytes_for_ever) {  // tests/crypto/golden.py
    EXPECT_EQ(crypto::to_hex(revocation().blinded),
              "92a277a3ac91bfd9083e7d2bf735daa0f56cb264dc6b8e6ae8d619baba0b801c");
    EXPECT_EQ(crypto::to_hex(revocation().box_key.view()),
              "3d42cacc647d76bd11966db01e20bebd5d51811e0664f0ce4fc08e9a368a1fa8");
    const auto [q, wire] = tombstone();
    EXPECT_EQ(wire.size(), 409u);
    EXPECT_EQ(sha256(wire), "6f9533a64d16f4aa946a3c4aa95be7a9ca7172ec0361e2f34fe573e821e8008e");
    EXPECT_EQ(sha256(encode_tombstones({owner().public_key(), {tombstone()}})),
              "d76933f1bb111d90af458c2f4c8b3807702c18e5eeb9c6b3b936b8b2d337be4d");
}

TEST(Tombstone, epochs_are_91_days_and_touch_each_other) {
    EXPECT_EQ(epoch_of(0), 0u);
    EXPECT_EQ(epoch_of(now), epoch);
    EXPECT_EQ(end, (UnixSeconds{epoch} + 1) * 91 * 86400);
    EXPECT_EQ(epoch_of(end - 1), epoch);
    EXPECT_EQ(epoch_of(end), epoch + 1);
}

TEST(Tombstone, no_label_has_its_blinding) {
    EXPECT_EQ(crypto::blind(owner().public_key(), {}, "", epoch).error(), crypto::Errc::bad_label);
    for (const std::string_view label : {"a", "alice", "0"})
        EXPECT_NE(crypto::blind(owner().public_key(), {}, label, epoch)->blinded, revocation().blinded);
    EXPECT_NE(revocation(epoch + 1).blinded, revocation().blinded);
    EXPECT_EQ(revocation_blinding(crypto::PublicKey{}, epoch).error(), crypto::Errc::bad_point);
}

TEST(Tombstone, is_stored_through_its_epoch_and_not_before_or_after) {
    const auto wire = tombstone().block;
    for (const auto when : {start, start + 1, now, end - 1})
        EXPECT_FALSE(storer(wire, when)) << when;
    EXPECT_EQ(storer(wire, start - 1), Errc::bad_expiry);
    EXPECT_EQ(storer(wire, end), Errc::expired);
    for (std::uint8_t i = 0; i < max_locations; ++i)
        EXPECT_TRUE(check_block(wire, location(revocation().blinded, i), now));
    EXPECT_EQ(check_block(wire, location(alice().blinded, 0), now).error(), Errc::wrong_location);
}

TEST(Tombstone, nothing_of_another_shape_may_expire_as_far_ahead) {
    const auto far = [](std::uint8_t slot, std::uint16_t seq, UnixSeconds expires,
                        const InnerRecord& record) {
        const auto wire = under_revocation(parameters(slot, seq, expires), record);
        EXPECT_TRUE(caller(wire)) << "of no use to a caller either";
        EXPECT_EQ(open_block(wire, revocation(), now).error(), Errc::bad_expiry);
        return storer(wire, now);
    };
    EXPECT_EQ(far(1, 0, end, word()), Errc::bad_expiry);
    EXPECT_EQ(far(0, 1, end, word()), Errc::bad_expiry);
    EXPECT_EQ(far(0, 0, end - expiry_step, word()), Errc::bad_expiry);
    EXPECT_EQ(far(0, 0, end + expiry_step, word()), Errc::bad_expiry);
    EXPECT_EQ(far(0, 0, end + epoch_length, word()), Errc::bad_expiry);
    auto large = two_contacts();
    large.direct.resize(8, large.direct.front());
    EXPECT_EQ(far(0, 0, end, large), Errc::bad_expiry);

    const auto certified = by_stolen_node(owner(), writer(), revocation(), word(), parameters(0, 0, end));
    EXPECT_EQ(storer(certified, now), Errc::bad_expiry);
    EXPECT_EQ(caller(certified), Errc::no_tombstone);
    EXPECT_FALSE(storer(certified, end - max_lifetime)) << "in the last three hours it is as any other";
}

TEST(Tombstone, a_names_record_of_that_shape_is_refused_by_its_callers) {
    const auto wire = block_of(word(Kind::contacts), parameters(0, 0, end));
    EXPECT_FALSE(storer(wire, now)) << "a storer cannot know the name";
    EXPECT_EQ(open_block(wire, alice(), now).error(), Errc::bad_expiry);
    EXPECT_EQ(caller(wire), Errc::wrong_key);
}

TEST(Tombstone, opens_for_its_key_and_epoch_alone) {
    const auto wire = tombstone().block;
    const auto opened = open_tombstone(wire, revocation());
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, word());
    EXPECT_EQ(caller(wire, epoch + 1), Errc::bad_expiry);
    EXPECT_EQ(caller(wire, epoch - 1), Errc::bad_expiry);
    const auto of_another = revocation_blinding(writer().public_key(), epoch);
    EXPECT_EQ(open_tombstone(wire, *of_another).error(), Errc::wrong_key);
    EXPECT_TRUE(check_tombstone(wire, epoch));
    EXPECT_EQ(check_tombstone(wire, epoch + 1).error(), Errc::bad_expiry);
}

// A thief who holds the seed may put it where the tombstone belongs, and storers cannot tell them apart.
TEST(Tombstone, of_that_shape_and_key_revokes_whatever_its_box_holds) {
    for (const auto kind : {Kind::contacts, Kind::delegation}) {
        auto record = word(kind);
        record.target = writer().public_key();
        const auto wire = under_revocation(parameters(0, 0, end), record);
        EXPECT_FALSE(storer(wire, now));
        const auto opened = open_tombstone(wire, revocation());
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->kind, Kind::tombstone);
        EXPECT_FALSE(opened->target) << "a thief does not say where we moved";
        EXPECT_EQ(decode_tombstones(encode_tombstones({owner().public_key(), {{epoch, wire}}})).error(),
                  Errc::no_tombstone)
            << "but what we keep says what it means";
    }
    auto elsewhere = revocation();
    elsewhere.box_key.wipe();
    const auto unreadable =
        make_block(crypto::BlindedSigner(owner(), elsewhere), elsewhere, word(), parameters(0, 0, end));
    EXPECT_EQ(open_block(*unreadable, revocation(), end - 1).error(), Errc::cannot_open);
    EXPECT_TRUE(open_tombstone(*unreadable, revocation()));
}

TEST(Tombstone, each_flipped_bit_and_each_truncation_is_refused_by_storer_publisher_and_caller) {
    const auto wire = tombstone().block;
    const auto here = location(revocation().blinded, 0);
    const auto refused = [&](const Wire& changed) {
        return !check_block(changed, here, now) && !check_tombstone(changed, epoch) &&
               !open_tombstone(changed, revocation());
    };
    ASSERT_FALSE(refused(wire));
    for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
        auto changed = wire;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        ASSERT_TRUE(refused(changed)) << "bit " << bit;
    }
    for (std::size_t length = 0; length < wire.size(); ++length)
        ASSERT_TRUE(refused({wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(length)})) << length;
}

TEST(Tombstones, twenty_years_are_made_at_once_and_each_opens_in_its_epoch) {
    const auto all = make_tombstones(owner(), epoch, usual_tombstones, random).value();
    ASSERT_EQ(all.size(), 81u);
    EXPECT_GE((epoch_end(all.back().epoch) - now) / (365 * 86400), 19u);
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].epoch, epoch + i);
        EXPECT_FALSE(caller(all[i].block, all[i].epoch)) << i;
    }
    EXPECT_EQ(make_tombstones(owner(), epoch, max_tombstones + 1, random).error(), Errc::too_large);
}

TEST(TombstoneFile, comes_back_whole) {
    const TombstoneFile file{owner().public_key(), make_tombstones(owner(), epoch, 81, random).value()};
    const auto encoded = encode_tombstones(file);
    EXPECT_LT(encoded.size(), std::size_t{35} * 1024);
    const auto decoded = decode_tombstones(encoded);
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(*decoded, file);
}

TEST(TombstoneFile, the_largest_fits_its_limit) {
    const TombstoneFile file{owner().public_key(),
                             make_tombstones(owner(), UINT32_MAX - 260, max_tombstones, random).value()};
    const auto encoded = encode_tombstones(file);
    EXPECT_LE(encoded.size(), max_tombstone_file);
    EXPECT_EQ(decode_tombstones(encoded), file);
}

TEST(TombstoneFile, each_flipped_bit_and_each_truncation_is_refused) {
    const auto encoded = encode_tombstones({owner().public_key(), {tombstone(), tombstone(epoch + 1)}});
    ASSERT_TRUE(decode_tombstones(encoded));
    for (std::size_t bit = 0; bit < encoded.size() * 8; ++bit) {
        auto changed = encoded;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        ASSERT_FALSE(decode_tombstones(changed)) << "bit " << bit;
    }
    for (std::size_t length = 0; length < encoded.size(); ++length)
        ASSERT_FALSE(decode_tombstones(crypto::ByteView(encoded).first(length))) << length;
}

TEST(TombstoneFile, what_is_not_one_is_refused_with_its_reason) {
    const auto refused = [](const Wire& bytes) { return decode_tombstones(bytes).error(); };
    const auto good = encode_tombstones({owner().public_key(), {tombstone(), tombstone(epoch + 1)}});
    EXPECT_EQ(refused({}), Errc::not_canonical);
    EXPECT_EQ(refused(Wire(max_tombstone_file + 1)), Errc::too_large);
    auto changed = good;
    changed.push_back(0);
    EXPECT_EQ(refused(changed), Errc::not_canonical);
    changed = good;
    changed[9] = 2;
    EXPECT_EQ(refused(changed), Errc::unknown_version);
    changed = good;
    std::ranges::copy(writer().public_key(), changed.begin() + 12);
    EXPECT_EQ(refused(changed), Errc::wrong_key);
    // 4 billion promised in a dozen bytes.
    const auto head = Wire(good.begin(), good.begin() + 44);
    for (const std::string lie : {"dd00000100", "ddffffffff"}) {
        changed = head;
        for (const auto byte : crypto::from_hex(lie))
            changed.push_back(byte);
        EXPECT_FALSE(decode_tombstones(changed)) << lie;
    }
    EXPECT_EQ(refused(encode_tombstones({owner().public_key(), {tombstone(epoch + 1), tombstone()}})),
              Errc::not_canonical)
        << "epochs descend";
    EXPECT_EQ(refused(encode_tombstones({owner().public_key(), {tombstone(), tombstone()}})),
              Errc::not_canonical)
        << "an epoch twice";
    EXPECT_EQ(refused(encode_tombstones({owner().public_key(), {{epoch, golden_block()}}})),
              Errc::no_tombstone);
}

}  // namespace
}  // namespace overlay
