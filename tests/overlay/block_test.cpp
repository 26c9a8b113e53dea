// tests/overlay/block_test.cpp - the outer block: golden bytes,
// and everything a storer or caller must refuse.
#include "overlay/block.hpp"

#include <gtest/gtest.h>

#include <sodium/crypto_hash_sha256.h>

#include <algorithm>

#include "crypto/signature.hpp"
#include "tests/overlay/records.hpp"

namespace overlay {
namespace {

using namespace testing_records;

const Location first_location = location(alice().blinded, 0);

std::error_code storer(const Wire& wire, UnixSeconds when = golden_now) {
    const auto checked = check_block(wire, first_location, when);
    return checked ? std::error_code() : checked.error();
}
std::error_code caller(const Wire& wire, UnixSeconds when = golden_now) {
    const auto opened = open_block(wire, alice(), when);
    return opened ? std::error_code() : opened.error();
}

// The fields of the golden block, to be changed and signed again by the owner, or packed in another way.
struct Fields {
    std::string ver = "01";
    std::string blinded = "c420" + crypto::to_hex(alice().blinded);
    std::string expires = "ce66ff4c20";
    std::string slot = "03";
    std::string seq = "cd0259";
    std::string certificate = "c0";
    std::string box;
    std::string signature_head = "c440";
    std::string array = "98";
    std::string tail;

    Fields() {
        const auto block = parse_block(golden_block()).value();
        box = "c50128" + crypto::to_hex(block.box);
    }
    // REQUIRES: nothing; the owner signs whatever it is.
    [[nodiscard]] Wire signed_by_owner() const {
        const auto body = crypto::from_hex(ver + blinded + expires + slot + seq + certificate + box);
        const auto signature = crypto::BlindedSigner(owner(), alice()).sign("hedgewitch/v1/block", body);
        auto wire = crypto::from_hex(array);
        wire.insert(wire.end(), body.begin(), body.end());
        const auto end = crypto::from_hex(signature_head + crypto::to_hex(signature) + tail);
        wire.insert(wire.end(), end.begin(), end.end());
        return wire;
    }
};

void expect_both(const Wire& wire, Errc expected, UnixSeconds when = golden_now) {
    EXPECT_EQ(storer(wire, when), expected);
    EXPECT_EQ(caller(wire, when), expected);
}

TEST(Block, these_inputs_give_these_bytes_for_ever) {
    EXPECT_EQ(crypto::to_hex(golden_block()),
              "9801c420aa8612e1dbd4033e0ebed08ffc706363bf15f5ffe689b6f15887f48056f2c504ce66ff4c2003cd0259c0c5"
              "0128000102030405060708090a0b0c0d0e0f1011121314151617ccebf2f1cf1c65dcf7cf8cdf23011e32622bd76a34"
              "ef2e22f2b2fb393b4a6aee74747adaaf211cd9235108093a6cbc8b709e93e648939d8f497427e47f2594a0da0f75ab"
              "68265320fd4a06a0cd82edde3bb6bd2707a5a16397852de862576731744ee69a3794e6b4ba6287483d36009bafca12"
              "536dff65052b0241c5f57a5f0afb1a46736a3cb16eb4ebbd1c80e99d2eb3ed5462903f5a93ab7591bcd591f34e53fd"
              "b263be260a5a3916c607aacddd3122b2ffffff0a92f9f8b07e550491d96c15fda48b6eefd3365f20514f9ffddb58a9"
              "354dbd2f5fafea607c756369019c2b27ef88aa952aa5e3a5c9ec53a9d7d67a74cb926d674e5b27c3d43de4d7c8c1e6"
              "2c5ae82a6eb99e57b013913c9bf34c89c440fbba641ec3f1a17e6b19d934c51dae734cf04adecb7becc3524d1b4af8"
              "3148722d248b8878e433536f3456ef890ea3420d367d07326afe826c874765353ec606");
    const auto blinded = alice().blinded;
    EXPECT_EQ(crypto::to_hex(location(blinded, 0)), "691df2a37c086a88239b36623f095a35f591e933");
    EXPECT_EQ(crypto::to_hex(location(blinded, 3)), "240660bda95a7dc54e90b90055ca452352975dc8");
    EXPECT_EQ(value_id(parse_block(golden_block())->signature), 0x511017a554bde5aeu);
}

TEST(Block, with_a_certificate_gives_these_bytes_for_ever) {
    const auto wire = certified_block();
    crypto::Bytes<32> digest;
    crypto_hash_sha256(digest.data(), wire.data(), wire.size());
    EXPECT_EQ(crypto::to_hex(digest), "18fbc556af52f65fbc745e070da74f7912c4a69d2b375b6b6407749b467604e8");
}

TEST(Block, of_two_contacts_has_411_bytes) {
    EXPECT_EQ(golden_block().size(), 411u);
    EXPECT_EQ(certified_block().size(), 508u);
    EXPECT_LT(certified_block().size(), 600u) << "above 600 OpenDHT splits values";
}

TEST(Block, is_never_larger_than_its_limit) {
    InnerRecord record;
    record.edges.resize(8);
    for (auto& edge : record.edges)
        edge.addresses.assign(3, at(Transport::udp, "2001:db8::1", 5060));
    const auto blinding = alice();
    const auto certificate = certificate_for(3);
    auto p = parameters(3, max_seq, UnixSeconds{1} << 40);
    p.expires -= p.expires % 900;  // needs nine bytes
    const auto wire = make_block(writer(), certificate, blinding, record, p);
    ASSERT_TRUE(wire);
    EXPECT_EQ(wire->size(), max_block_size);
    EXPECT_TRUE(parse_block(*wire));
}

TEST(Block, comes_back_whole_for_storer_and_caller) {
    for (const auto& wire : {golden_block(), certified_block()}) {
        const auto checked = check_block(wire, first_location, golden_now);
        ASSERT_TRUE(checked) << checked.error().message();
        EXPECT_EQ(checked->blinded, alice().blinded);
        EXPECT_EQ(checked->expires, start_of_period + 7200);
        EXPECT_EQ(checked->slot, 3);
        EXPECT_EQ(checked->seq, 601);
        const auto opened = open_block(wire, alice(), golden_now);
        ASSERT_TRUE(opened) << opened.error().message();
        EXPECT_EQ(opened->record, two_contacts());
        EXPECT_EQ(opened->block.signature, checked->signature);
    }
    EXPECT_FALSE(parse_block(golden_block())->certificate);
    EXPECT_TRUE(parse_block(certified_block())->certificate);
}

TEST(Block, the_fields_helper_of_this_test_makes_the_same_block) {
    EXPECT_EQ(Fields().signed_by_owner(), golden_block());
}

TEST(Block, each_flipped_bit_is_refused_by_storer_and_caller) {
    for (const auto& wire : {golden_block(), certified_block()})
        for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
            auto changed = wire;
            changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
            ASSERT_TRUE(storer(changed)) << "bit " << bit;
            ASSERT_TRUE(caller(changed)) << "bit " << bit;
        }
}

TEST(Block, each_truncation_and_each_trailing_byte_is_refused) {
    for (const auto& wire : {golden_block(), certified_block()}) {
        for (std::size_t length = 0; length < wire.size(); ++length) {
            const Wire cut(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(length));
            ASSERT_TRUE(storer(cut)) << length;
            ASSERT_TRUE(caller(cut)) << length;
        }
        for (int byte = 0; byte < 256; ++byte) {
            auto longer = wire;
            longer.push_back(static_cast<std::uint8_t>(byte));
            expect_both(longer, Errc::not_canonical);
        }
    }
    expect_both(Wire(max_block_size + 1), Errc::too_large);
    expect_both(Wire(1 << 20), Errc::too_large);
}

TEST(Block, longer_encodings_than_needed_are_refused_though_signed) {
    const auto refused = [](auto change) {
        Fields fields;
        change(fields);
        const auto wire = fields.signed_by_owner();
        return storer(wire) == Errc::not_canonical && caller(wire) == Errc::not_canonical;
    };
    const auto a = crypto::to_hex(alice().blinded);
    EXPECT_TRUE(refused([](Fields& f) { f.array = "dc0008"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.array = "dd00000008"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.ver = "cc01"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.ver = "cd0001"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.ver = "d001"; }));
    EXPECT_TRUE(refused([&](Fields& f) { f.blinded = "c50020" + a; }));
    EXPECT_TRUE(refused([&](Fields& f) { f.blinded = "c600000020" + a; }));
    EXPECT_TRUE(refused([&](Fields& f) { f.blinded = "d920" + a; }));
    EXPECT_TRUE(refused([](Fields& f) { f.expires = "cf0000000066ff4c20"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.expires = "d266ff4c20"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.slot = "cc03"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.seq = "ce00000259"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.seq = "d10259"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.seq = "ff"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.certificate = "c2"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.certificate = "c400"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.box = "c600000128" + f.box.substr(6); }));
    EXPECT_TRUE(refused([](Fields& f) { f.box = "da0128" + f.box.substr(6); }));
    EXPECT_TRUE(refused([](Fields& f) { f.signature_head = "c50040"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.signature_head = "d940"; }));
    // Other types in the place of each: nil, booleans, floats, strings, maps, extensions.
    for (const std::string other : {"c0", "c3", "ca3f800000", "cb3ff0000000000000", "a131", "8101", "9101",
                                    "d40101", "d5010101", "c7010101",
                                    "c80001"
                                    "0101",
                                    "e0", "d0ff"}) {
        EXPECT_TRUE(refused([&](Fields& f) { f.ver = other; })) << other;
        EXPECT_TRUE(refused([&](Fields& f) { f.blinded = other; })) << other;
        EXPECT_TRUE(refused([&](Fields& f) { f.expires = other; })) << other;
        EXPECT_TRUE(refused([&](Fields& f) { f.slot = other; })) << other;
        EXPECT_TRUE(refused([&](Fields& f) { f.seq = other; })) << other;
        EXPECT_TRUE(refused([&](Fields& f) { f.box = other; })) << other;
        if (other != "c0") {
            EXPECT_TRUE(refused([&](Fields& f) { f.certificate = other; })) << other;
        }
    }
    EXPECT_TRUE(refused([&](Fields& f) {
        f.blinded =
            "c720"
            "01" +
            a;
    })) << "an extension of 32 bytes";
    EXPECT_TRUE(refused([](Fields& f) { f.array = "88"; })) << "a map of eight";
    EXPECT_TRUE(refused([](Fields& f) { f.array = "97"; }));
    EXPECT_TRUE(refused([](Fields& f) { f.array = "99", f.tail = "c0"; }));
}

TEST(Block, fields_out_of_range_are_refused_with_their_own_reason) {
    const auto with = [](auto change) {
        Fields fields;
        change(fields);
        return fields.signed_by_owner();
    };
    expect_both(with([](Fields& f) { f.ver = "02"; }), Errc::unknown_version);
    expect_both(with([](Fields& f) { f.ver = "00"; }), Errc::unknown_version);
    expect_both(with([](Fields& f) { f.expires = "ce66ff4c21"; }), Errc::bad_expiry);
    expect_both(with([](Fields& f) { f.slot = "10"; }), Errc::bad_slot);
    expect_both(with([](Fields& f) { f.slot = "cf0000010000000003"; }), Errc::bad_slot);
    expect_both(with([](Fields& f) { f.seq = "cd0b40"; }), Errc::bad_seq);  // 2880
    expect_both(with([](Fields& f) { f.seq = "ce00010259"; }), Errc::bad_seq);
    expect_both(with([](Fields& f) { f.box = "c50127" + f.box.substr(8); }), Errc::bad_box);
    expect_both(with([](Fields& f) { f.box = "c400"; }), Errc::bad_box);
    expect_both(with([](Fields& f) { f.box = "c427" + std::string(78, '0'); }), Errc::bad_box);
}

TEST(Block, is_good_for_its_lifetime_alone) {
    const auto expires = start_of_period + 7200;
    EXPECT_FALSE(storer(golden_block(), expires - 1));
    expect_both(golden_block(), Errc::expired, expires);
    expect_both(golden_block(), Errc::expired, expires + 1);
    expect_both(golden_block(), Errc::expired, UINT64_MAX);
    EXPECT_FALSE(storer(golden_block(), expires - max_lifetime));
    EXPECT_FALSE(caller(golden_block(), expires - max_lifetime));
    expect_both(golden_block(), Errc::bad_expiry, expires - max_lifetime - 1);
    expect_both(golden_block(), Errc::bad_expiry, 0);
    Fields far;
    const std::uint64_t last = UINT64_MAX - UINT64_MAX % 900;  // the last quarter hour of 64 bits
    crypto::Bytes<8> big_endian;
    for (std::size_t i = 0; i < 8; ++i)
        big_endian[i] = static_cast<std::uint8_t>(last >> (56 - 8 * i));
    far.expires = "cf" + crypto::to_hex(big_endian);
    expect_both(far.signed_by_owner(), Errc::bad_expiry);
}

TEST(Block, is_accepted_at_its_four_locations_and_nowhere_else) {
    const auto wire = golden_block();
    for (std::uint8_t i = 0; i < max_locations; ++i)
        EXPECT_TRUE(check_block(wire, location(alice().blinded, i), golden_now));
    auto elsewhere = first_location;
    elsewhere[19] ^= 1;
    EXPECT_EQ(check_block(wire, elsewhere, golden_now).error(), Errc::wrong_location);
    EXPECT_EQ(check_block(wire, location(alice(period + 1).blinded, 0), golden_now).error(),
              Errc::wrong_location);
    EXPECT_EQ(check_block(wire, Location{}, golden_now).error(), Errc::wrong_location);
}

TEST(Block, of_another_name_day_or_owner_is_refused_by_the_caller) {
    const auto wire = golden_block();
    EXPECT_EQ(open_block(wire, alice(period + 1), golden_now).error(), Errc::wrong_key);
    const auto bob = crypto::blind(owner().public_key(), {}, "bob", period);
    EXPECT_EQ(open_block(wire, *bob, golden_now).error(), Errc::wrong_key);
    // A stranger's block, valid in itself, at alice's location.
    const auto stranger = crypto::blind(writer().public_key(), {}, "alice", period);
    const auto foreign =
        make_block(crypto::BlindedSigner(writer(), *stranger), *stranger, two_contacts(), parameters());
    EXPECT_EQ(storer(*foreign), Errc::wrong_location);
    EXPECT_EQ(caller(*foreign), Errc::wrong_key);
}

TEST(Block, with_the_owners_key_and_a_strangers_signature_is_refused) {
    auto wire = golden_block();
    const auto body = crypto::ByteView(wire).subspan(1, wire.size() - 67);
    const auto signature = crypto::sign(writer(), "hedgewitch/v1/block", body);
    std::copy(signature.begin(), signature.end(), wire.end() - 64);
    expect_both(wire, Errc::bad_signature);
    // The owner's own signature, made for another purpose.
    const auto other = crypto::BlindedSigner(owner(), alice()).sign("hedgewitch/v1/cert", body);
    std::copy(other.begin(), other.end(), wire.end() - 64);
    expect_both(wire, Errc::bad_signature);
}

TEST(Block, signed_with_S_plus_L_is_refused) {
    for (const auto& good : {golden_block(), certified_block()}) {
        auto wire = good;
        const auto order =
            crypto::from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        unsigned carry = 0;
        for (std::size_t i = 0; i < 32; ++i) {
            auto& byte = wire[wire.size() - 32 + i];
            carry += byte + order[i];
            byte = static_cast<std::uint8_t>(carry);
            carry >>= 8;
        }
        ASSERT_EQ(carry, 0u);
        expect_both(wire, Errc::bad_signature);
    }
}

TEST(Block, under_the_owners_key_plus_a_torsion_point_is_refused) {
    Fields fields;
    const auto shifted =
        crypto::bytes_from_hex<32>("4379ed1e242bfcc1f1412f70038f9c9c40ea0a001976490ea7780b7fa90d3afb");
    fields.blinded = "c420" + crypto::to_hex(shifted);
    const auto wire = fields.signed_by_owner();
    EXPECT_EQ(storer(wire), Errc::wrong_location);
    EXPECT_EQ(caller(wire), Errc::wrong_key);
    EXPECT_EQ(check_block(wire, location(shifted, 0), golden_now).error(), Errc::bad_signature);
}

TEST(Block, certificates_hold_for_their_key_slot_period_and_writer_alone) {
    const auto blinding = alice();
    const crypto::BlindedSigner signer(owner(), blinding);
    const auto certificate = certificate_for(3);
    EXPECT_EQ(make_certificate(signer, blinding, 16, writer().public_key()).error(), Errc::bad_slot);
    EXPECT_EQ(make_certificate(signer, blinding, 3, {}).error(), crypto::Errc::bad_point);

    const auto make = [&](const crypto::Identity& who, std::uint8_t slot, const crypto::Blinding& b) {
        const auto made =
            make_block(who, certificate, b, two_contacts(), parameters(slot, 601, start_of_period + 7200));
        return made ? std::error_code() : made.error();
    };
    EXPECT_FALSE(make(writer(), 3, blinding));
    EXPECT_EQ(make(writer(), 4, blinding), Errc::bad_certificate);
    EXPECT_EQ(make(owner(), 3, blinding), Errc::bad_certificate);
    EXPECT_EQ(make(writer(), 3, alice(period + 1)), Errc::bad_certificate);
}

TEST(Block, with_a_certificate_for_another_slot_is_refused_though_signed) {
    const auto certificate = certificate_for(4);
    Fields fields;
    fields.certificate = "c460" + crypto::to_hex(certificate);
    const auto body = crypto::from_hex(fields.ver + fields.blinded + fields.expires + fields.slot +
                                       fields.seq + fields.certificate + fields.box);
    auto wire = crypto::from_hex(fields.array);
    wire.insert(wire.end(), body.begin(), body.end());
    wire.push_back(0xc4);
    wire.push_back(64);
    const auto signature = writers_signer().sign("hedgewitch/v1/block", body);
    wire.insert(wire.end(), signature.begin(), signature.end());
    expect_both(wire, Errc::bad_certificate);
}

TEST(Block, with_a_certificate_is_signed_by_the_writer_and_not_by_the_owner) {
    Fields fields;
    const auto certificate = certificate_for(3);
    fields.certificate = "c460" + crypto::to_hex(certificate);
    expect_both(fields.signed_by_owner(), Errc::bad_signature);
}

TEST(Block, whose_box_is_from_another_block_of_the_same_owner_does_not_open) {
    const auto other =
        parse_block(block_of(two_contacts(), parameters(3, 602, start_of_period + 7200))).value();
    Fields fields;
    fields.box = "c50128" + crypto::to_hex(other.box);
    const auto wire = fields.signed_by_owner();
    EXPECT_FALSE(storer(wire)) << "a storer cannot know";
    EXPECT_EQ(caller(wire), Errc::cannot_open);
}

TEST(Block, whose_box_holds_no_record_is_refused_by_the_caller) {
    const auto blinding = alice();
    std::vector<std::uint8_t> associated(blinding.blinded.begin(), blinding.blinded.end());
    for (const std::uint8_t byte : crypto::from_hex("0000000066ff4c20"
                                                    "03"
                                                    "0259"))
        associated.push_back(byte);
    Fields fields;
    fields.box = "c50128" + crypto::to_hex(crypto::seal(blinding.box_key, {}, associated, Wire(256)));
    const auto wire = fields.signed_by_owner();
    EXPECT_FALSE(storer(wire));
    EXPECT_EQ(caller(wire), Errc::malformed_record);
}

TEST(Block, is_not_made_with_what_storers_refuse) {
    const auto blinding = alice();
    const crypto::BlindedSigner signer(owner(), blinding);
    const auto make = [&](const BlockParameters& p, const InnerRecord& record = two_contacts()) {
        return make_block(signer, blinding, record, p).error();
    };
    EXPECT_EQ(make(parameters(3, 601, start_of_period + 7201)), Errc::bad_expiry);
    EXPECT_EQ(make(parameters(16, 601)), Errc::bad_slot);
    EXPECT_EQ(make(parameters(3, max_seq + 1)), Errc::bad_seq);
    InnerRecord record;
    record.edges.resize(9);
    EXPECT_EQ(make(parameters(), record), Errc::too_large);
}

TEST(Block, same_input_same_bytes_and_another_nonce_other_bytes) {
    EXPECT_EQ(golden_block(), golden_block());
    auto p = parameters();
    p.nonce[0] ^= 1;
    EXPECT_NE(block_of(two_contacts(), p), golden_block());
}

TEST(Errc, each_has_a_name_and_a_text_of_its_own) {
    std::vector<std::string> names;
    for (std::size_t i = 1; i < errc_count; ++i) {
        const auto code = make_error_code(static_cast<Errc>(i));
        EXPECT_NE(name(static_cast<Errc>(i)), "unknown") << i;
        EXPECT_NE(code.message(), "unknown error") << i;
        names.emplace_back(name(static_cast<Errc>(i)));
    }
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
    EXPECT_EQ(name(static_cast<Errc>(errc_count)), "unknown") << "errc_count is one past the last";
}

}  // namespace
}  // namespace overlay
