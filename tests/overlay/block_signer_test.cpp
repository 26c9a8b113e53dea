// tests/overlay/block_signer_test.cpp - by what right a block is signed, and which seq it gets.
#include "overlay/block_signer.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/overlay/memory_in_memory.hpp"
#include "tests/overlay/records.hpp"

namespace overlay {
namespace {

using namespace testing_records;

const RecordName alices{owner().public_key(), {}, "alice"};

void zeros(std::span<std::uint8_t> out) {
    std::ranges::fill(out, std::uint8_t{0});
}
std::uint16_t seq_of(const tl::expected<BlockSigner::Signed, std::string>& block) {
    return block ? block->seq : 0xffff;
}

struct Signing : ::testing::Test {
    MemoryInMemory memory;
    const crypto::Identity self = owner();
    BlockSigner signer{self, 2, memory, zeros};
};

TEST_F(Signing, a_block_of_our_own_name_opens_for_callers_and_lasts_two_hours) {
    const auto block = signer.sign(alices, two_contacts(), period, now);
    ASSERT_TRUE(block) << block.error();
    const auto opened = open_block(block->wire, alice(), now);
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ(opened->block.slot, 2);
    EXPECT_EQ(opened->block.seq, 601) << "the minute of the day";
    EXPECT_EQ(opened->record.issued_at, now);
    EXPECT_EQ(opened->record.direct, two_contacts().direct);
    EXPECT_GE(block->expires, now + BlockSigner::lifetime);
    EXPECT_LT(block->expires, now + BlockSigner::lifetime + expiry_step);
    EXPECT_EQ(block->id, value_id(opened->block.signature));
}

TEST_F(Signing, two_blocks_of_a_minute_differ_in_seq_and_tomorrows_begins_at_zero) {
    EXPECT_EQ(seq_of(signer.sign(alices, two_contacts(), period, now)), 601);
    EXPECT_EQ(seq_of(signer.sign(alices, two_contacts(), period, now)), 602);
    EXPECT_EQ(seq_of(signer.sign(alices, two_contacts(), period, now + 600)), 611);
    EXPECT_EQ(seq_of(signer.sign(alices, two_contacts(), period + 1, now)), 0);
}

TEST_F(Signing, a_seq_is_remembered_before_it_is_signed_and_after_a_restart_it_goes_on_above) {
    BlockSigner looks(self, 2, memory, [&](std::span<std::uint8_t> out) {
        ASSERT_TRUE(memory.published.contains(alice().blinded)) << "the nonce is drawn when it is signed";
        EXPECT_EQ(memory.published.at(alice().blinded).seq, 601);
        zeros(out);
    });
    EXPECT_EQ(seq_of(looks.sign(alices, two_contacts(), period, now)), 601);
    BlockSigner restarted(self, 2, memory, zeros);
    EXPECT_TRUE(restarted.has_signed(alice().blinded));
    EXPECT_EQ(seq_of(restarted.sign(alices, two_contacts(), period, now)), 602);
}

TEST_F(Signing, another_machines_block_in_our_slot_is_outbid_until_we_leave_the_slot) {
    signer.met_another(alice().blinded, 700);
    signer.met_another(alice().blinded, 650);
    EXPECT_EQ(seq_of(signer.sign(alices, two_contacts(), period, now)), 701);
    signer.met_another(alice(period + 1).blinded, 9);
    signer.use_slot(11);
    EXPECT_EQ(seq_of(signer.sign(alices, two_contacts(), period + 1, now)), 0);
    EXPECT_EQ(signer.sign(alices, two_contacts(), period, now)->seq, 702) << "our own still counts";
    EXPECT_EQ(parse_block(signer.sign(alices, two_contacts(), period, now)->wire)->slot, 11);
}

TEST_F(Signing, who_is_over_is_forgotten) {
    signer.met_another(alice().blinded, 700);
    signer.forget_others([](const crypto::PublicKey&) { return false; });
    EXPECT_EQ(seq_of(signer.sign(alices, two_contacts(), period, now)), 701);
    signer.met_another(alice(period + 1).blinded, 700);
    signer.forget_others(
        [](const crypto::PublicKey& blinded) { return blinded == alice(period + 1).blinded; });
    EXPECT_EQ(seq_of(signer.sign(alices, two_contacts(), period + 1, now)), 0);
}

TEST_F(Signing, what_changes_more_often_than_a_seq_can_tell_is_not_signed_and_says_so) {
    memory.save_published({alice().blinded, max_seq, period});
    BlockSigner full(self, 2, memory, zeros);
    const auto block = full.sign(alices, two_contacts(), period, now);
    ASSERT_FALSE(block);
    EXPECT_EQ(block.error(), "changed too often today; the last record stays");
}

struct SigningForAnother : Signing {
    const crypto::Identity node = writer();
    BlockSigner certified{node, 2, memory, zeros};
};

TEST_F(SigningForAnother, without_the_owners_certificate_of_that_day_nothing_is_signed) {
    EXPECT_EQ(certified.sign(alices, two_contacts(), period, now).error(),
              "its owner has not certified this node");
    certified.set_certificates({*certify(owner(), alices, 3, node.public_key(), period + 1, 1)});
    EXPECT_EQ(certified.sign(alices, two_contacts(), period, now).error(),
              "its owner has not certified this node for today");
    certified.set_certificates({*certify(owner(), alices, 3, node.public_key(), period - 1, 1)});
    EXPECT_EQ(certified.sign(alices, two_contacts(), period, now).error(),
              "the certificates of its owner have run out");
    EXPECT_TRUE(memory.published.empty());
}

TEST_F(SigningForAnother, with_one_it_is_signed_in_the_slot_that_the_owner_gave) {
    EXPECT_TRUE(
        certified.set_certificates({*certify(owner(), alices, 3, node.public_key(), period, 1)}).empty());
    const auto block = certified.sign(alices, two_contacts(), period, now);
    ASSERT_TRUE(block) << block.error();
    const auto opened = open_block(block->wire, alice(), now);
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ(opened->block.slot, 3);
    EXPECT_TRUE(opened->block.certificate);
    EXPECT_EQ(certified.set_certificates({}).size(), 1U) << "what was held before";
    EXPECT_EQ(certified.certificates_of(alices), nullptr);
}

}  // namespace
}  // namespace overlay
