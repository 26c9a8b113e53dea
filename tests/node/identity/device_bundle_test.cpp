// tests/node/identity/device_bundle_test.cpp - what an owner's second node is given: written, read, and
// refused when a bit of it is another's.
#include "node/identity/device_bundle.hpp"

#include <gtest/gtest.h>

#include "tests/node/identities.hpp"

namespace node {
namespace {

using overlay::Errc;

const crypto::PublicKey owner = identity(1).public_key();
const crypto::PublicKey device = identity(2).public_key();
constexpr std::uint32_t day = 20'600;

DeviceBundle some_bundle(std::uint32_t days = 2) {
    return make_bundle(
               identity(1), device, 3,
               {{owner, {}, "bob"}, {owner, std::vector<std::uint8_t>(16, 9), "alice"}, {owner, {}, "alice"}},
               day, days)
        .value();
}

TEST(DeviceBundle, reads_as_it_was_written) {
    const DeviceBundle bundle = some_bundle();
    ASSERT_EQ(bundle.names.size(), 3U);
    EXPECT_EQ(bundle.names[0].name, (overlay::RecordName{owner, {}, "alice"}));
    EXPECT_EQ(bundle.names[2].name.secret, std::vector<std::uint8_t>(16, 9));
    EXPECT_EQ(bundle.until(), (day + 2) * overlay::UnixSeconds{86400});
    EXPECT_EQ(decode_bundle(encode_bundle(bundle)), bundle);
    EXPECT_TRUE(check_bundle(bundle).has_value());
}

TEST(DeviceBundle, its_certificates_are_what_a_block_of_that_slot_and_day_wants) {
    const DeviceBundle bundle = some_bundle();
    const auto write = [&](std::uint8_t slot, std::uint32_t period) {
        const auto blinding = crypto::blind(owner, {}, "alice", period).value();
        const overlay::UnixSeconds expires = overlay::UnixSeconds{period} * 86400 + 3600;
        return overlay::make_block(identity(2), bundle.names[0].by_period.at(day), blinding, {},
                                   {expires, slot, 0, {}});
    };
    EXPECT_TRUE(write(3, day).has_value());
    EXPECT_FALSE(write(4, day).has_value());
    EXPECT_FALSE(write(3, day + 1).has_value());
}

// Magic, head, names and certificates: no bit can be changed without its being noticed.
TEST(DeviceBundle, every_flipped_bit_is_noticed_by_its_shape_or_its_signatures) {
    const auto good =
        encode_bundle(make_bundle(identity(1), device, 3, {{owner, {}, "alice"}}, day, 1).value());
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        auto wire = good;
        wire[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        const auto decoded = decode_bundle(wire);
        EXPECT_FALSE(decoded && check_bundle(*decoded)) << "bit " << bit;
    }
}

TEST(DeviceBundle, every_truncation_and_anything_behind_it_is_refused) {
    const auto good = encode_bundle(some_bundle(1));
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(decode_bundle(crypto::ByteView(good).first(size))) << size;
    auto longer = good;
    longer.push_back(0xc0);
    EXPECT_EQ(decode_bundle(longer).error(), Errc::not_canonical);
}

TEST(DeviceBundle, names_out_of_order_or_twice_a_foreign_slot_and_a_later_version_are_refused) {
    DeviceBundle bundle = some_bundle(1);
    std::swap(bundle.names[0], bundle.names[1]);
    EXPECT_EQ(decode_bundle(encode_bundle(bundle)).error(), Errc::not_canonical);
    bundle.names[0] = bundle.names[1];
    EXPECT_EQ(decode_bundle(encode_bundle(bundle)).error(), Errc::not_canonical);
    bundle = some_bundle(1);
    bundle.slot = 16;
    for (auto& name : bundle.names)
        name.slot = 16;
    EXPECT_EQ(decode_bundle(encode_bundle(bundle)).error(), Errc::bad_slot);
    auto later = encode_bundle(some_bundle(1));
    later[9] = 2;  // behind the magic and the array's head
    EXPECT_EQ(decode_bundle(later).error(), Errc::unknown_version);
    EXPECT_EQ(decode_bundle(std::vector<std::uint8_t>(max_bundle_size + 1)).error(), Errc::too_large);
}

TEST(DeviceBundle, certificates_of_another_owner_device_slot_or_day_are_refused) {
    const DeviceBundle good = some_bundle();
    DeviceBundle bundle = good;
    bundle.owner = identity(4).public_key();
    EXPECT_FALSE(check_bundle(bundle));
    bundle = good;
    bundle.device = identity(4).public_key();
    EXPECT_FALSE(check_bundle(bundle));
    bundle = good;
    bundle.slot = 4;
    EXPECT_EQ(check_bundle(bundle).error(), Errc::bad_certificate);
    bundle = good;
    std::swap(bundle.names[0].by_period.at(day), bundle.names[0].by_period.at(day + 1));
    EXPECT_EQ(check_bundle(bundle).error(), Errc::bad_certificate);
    bundle = good;
    std::swap(bundle.names[0].by_period, bundle.names[1].by_period);
    EXPECT_EQ(check_bundle(bundle).error(), Errc::bad_certificate);
}

TEST(DeviceBundle, the_largest_fits) {
    std::vector<overlay::RecordName> names;
    for (std::size_t i = 0; i < max_bundle_names; ++i)
        names.push_back(
            {owner, std::vector<std::uint8_t>(16), std::string(59, 'a') + std::to_string(1000 + i)});
    DeviceBundle bundle = make_bundle(identity(1), device, 3, {names[0]}, day, max_bundle_days).value();
    for (std::size_t i = 1; i < names.size(); ++i)
        bundle.names.push_back({names[i], 3, bundle.names[0].by_period});  // not the right ones, but as large
    const auto wire = encode_bundle(bundle);
    EXPECT_LT(wire.size(), max_bundle_size);
    EXPECT_EQ(decode_bundle(wire)->names.size(), max_bundle_names);
}

}  // namespace
}  // namespace node
