// tests/crypto/ticket_test.cpp - tickets: who can read them, who can make them, and what binds them.
#include "crypto/ticket.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "tests/crypto/hex.hpp"

namespace crypto {
namespace {

Identity identity(std::uint8_t seed) {
    return Identity::from_seed(Seed(Bytes<32>{seed}));
}

constexpr std::string_view base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct TicketTest : ::testing::Test {
    const Identity alice = identity(1), bob = identity(2), mallory = identity(3);
    const std::uint32_t today = 20'000, made_at = 1'728'000'000;
    const Secret<32> secret = ticket_secret(bob.seed(), today);
    const TicketKey key = ticket_key_of(secret);
    const TicketCallee callee{bob.public_key(), "bob"};
    std::uint8_t random = 100;

    std::string sealed(const Identity& by, std::string_view label = "alice") {
        const auto text =
            seal_ticket(by, label, made_at, key, callee, Secret<32>(Bytes<32>{7, ++random, 7, 7}));
        EXPECT_TRUE(text) << text.error().message();
        return text.value_or("");
    }
    std::string sealed() { return sealed(alice); }
    std::error_code refused(std::string_view text) const {
        const auto ticket = open_ticket(secret, callee, text);
        return ticket ? std::error_code() : ticket.error();
    }
};

TEST_F(TicketTest, the_callee_reads_who_calls_and_when_the_ticket_was_made) {
    for (const std::string& label : {std::string("a"), std::string("alice"), std::string(18, 'x'),
                                     std::string(19, 'x'), std::string(63, 'x')}) {
        const auto text = sealed(alice, label);
        EXPECT_EQ(text.size(), label.size() <= 18 ? ticket_text_length : long_ticket_text_length);
        const auto ticket = open_ticket(secret, callee, text);
        ASSERT_TRUE(ticket) << label << ": " << ticket.error().message();
        EXPECT_EQ(ticket->zone, alice.public_key());
        EXPECT_EQ(ticket->label, label);
        EXPECT_EQ(ticket->made_at, made_at);
    }
}

TEST_F(TicketTest, another_day_node_zone_or_label_cannot_open_it) {
    const auto text = sealed();
    for (const std::uint32_t day : {today - 1, today + 1})
        EXPECT_EQ(open_ticket(ticket_secret(bob.seed(), day), callee, text).error(), Errc::cannot_open);
    EXPECT_EQ(open_ticket(ticket_secret(mallory.seed(), today), callee, text).error(), Errc::cannot_open);
    EXPECT_EQ(open_ticket(secret, {mallory.public_key(), "bob"}, text).error(), Errc::cannot_open);
    EXPECT_EQ(open_ticket(secret, {bob.public_key(), "bobby"}, text).error(), Errc::cannot_open);
    EXPECT_FALSE(refused(text));
}

TEST_F(TicketTest, another_call_or_the_other_kind_cannot_open_it) {
    for (const auto kind : {TicketKind::bearer, TicketKind::passed_on}) {
        const TicketCallee of_call{bob.public_key(), "bob", kind, Bytes<32>{1, 2, 3}};
        const auto text = *seal_ticket(alice, "alice", made_at, key, of_call, Secret<32>(Bytes<32>{9, 9}));
        EXPECT_EQ(ticket_kind(text), kind);
        EXPECT_TRUE(open_ticket(secret, of_call, text));
        TicketCallee other = of_call;
        other.call[31] = 1;
        EXPECT_EQ(open_ticket(secret, other, text).error(), Errc::cannot_open);
        other = of_call;
        other.kind = kind == TicketKind::bearer ? TicketKind::passed_on : TicketKind::bearer;
        EXPECT_EQ(open_ticket(secret, other, text).error(), Errc::unknown_version);
        std::string relabelled = text;  // as a bearer's, it would do without its body
        relabelled[1] = static_cast<char>(relabelled[1] == 'g' ? 'w' : 'g');
        EXPECT_FALSE(open_ticket(secret, of_call, relabelled));
        other.call = of_call.call;
        EXPECT_FALSE(open_ticket(secret, other, relabelled));
    }
}

TEST_F(TicketTest, what_is_no_ticket_is_of_no_kind) {
    EXPECT_EQ(ticket_kind("").error(), Errc::bad_length);
    EXPECT_EQ(ticket_kind(std::string(ticket_text_length, 'A')).error(), Errc::unknown_version);
    EXPECT_EQ(ticket_kind("AQ" + std::string(ticket_text_length - 2, 'A')).error(), Errc::unknown_version);
    EXPECT_EQ(ticket_kind("Bg" + std::string(ticket_text_length - 2, 'A')).error(), Errc::unknown_version);
}

TEST_F(TicketTest, each_changed_character_and_each_truncation_is_refused) {
    const auto text = sealed();
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const char c : {'A', 'b', '-', '_', '9', '='}) {
            std::string changed = text;
            if (changed[at] == c) continue;
            changed[at] = c;
            EXPECT_TRUE(refused(changed)) << at << " " << c;
        }
        EXPECT_TRUE(refused(text.substr(0, at)));
    }
    EXPECT_EQ(refused(text + "A"), Errc::bad_length);
    EXPECT_EQ(refused(""), Errc::bad_length);
    EXPECT_EQ(refused(std::string(ticket_text_length, '%')), Errc::bad_character);
    EXPECT_EQ(refused(std::string(ticket_text_length, 'A')), Errc::unknown_version);
}

TEST_F(TicketTest, two_tickets_of_one_caller_share_nothing_but_the_version) {
    const auto one = sealed(), other = sealed();
    EXPECT_EQ(one.substr(0, 1), other.substr(0, 1));
    std::size_t same = 0;
    for (std::size_t at = 2; at < one.size(); ++at)
        same += one[at] == other[at] ? 1 : 0;
    EXPECT_LT(same, 16u);  // of 158; chance makes 2.5
    EXPECT_EQ(one.find_first_not_of(base64url), std::string::npos);
}

TEST_F(TicketTest, a_point_of_small_order_is_no_ticket_key_and_no_ticket) {
    const Bytes<32> zero{};
    EXPECT_EQ(seal_ticket(alice, "alice", made_at, zero, callee, Secret<32>(Bytes<32>{9})).error(),
              Errc::bad_point);
    std::string text = sealed();
    text.replace(0, 44, "Ag" + std::string(42, 'A'));  // a bearer's, E = 0
    EXPECT_EQ(refused(text), Errc::bad_point);
}

TEST_F(TicketTest, labels_are_canonical_on_both_sides) {
    const Secret<32> ephemeral(Bytes<32>{9});
    for (const char* label : {"", "Alice", "a b", "a@b"})
        EXPECT_EQ(seal_ticket(alice, label, made_at, key, callee, ephemeral).error(), Errc::bad_label);
    EXPECT_EQ(seal_ticket(alice, "alice", made_at, key, {bob.public_key(), "Bob"}, ephemeral).error(),
              Errc::bad_label);
}

TEST_F(TicketTest, the_ticket_key_is_another_each_day_and_says_nothing_of_the_seed) {
    std::set<TicketKey> keys;
    for (std::uint32_t day = today; day < today + 8; ++day) {
        keys.insert(ticket_key_of(ticket_secret(bob.seed(), day)));
        keys.insert(ticket_key_of(ticket_secret(alice.seed(), day)));
    }
    EXPECT_EQ(keys.size(), 16u);
    EXPECT_EQ(ticket_key_of(ticket_secret(bob.seed(), today)), key) << "and the same one each time";
}

// From tests/crypto/golden.py, which shares nothing with our code: bytes that fix the format for ever.
struct GoldenTicket : ::testing::Test {
    static Bytes<32> counting_from(std::uint8_t first) {
        Bytes<32> bytes{};
        std::iota(bytes.begin(), bytes.end(), first);
        return bytes;
    }
    const Identity caller = Identity::from_seed(Seed(counting_from(0))),
                   owner = Identity::from_seed(Seed(counting_from(32)));
    const Secret<32> secret = ticket_secret(owner.seed(), 20'000);
    const TicketCallee callee{owner.public_key(), "bob"};
    static constexpr std::uint32_t made_at = 20'000u * 86'400 + 1;

    std::string sealed(std::string_view label) const {
        return seal_ticket(caller, label, made_at, ticket_key_of(secret), callee,
                           Secret<32>(counting_from(64)))
            .value_or("");
    }
};

TEST_F(GoldenTicket, key_and_ticket_are_those_of_a_second_implementation) {
    EXPECT_EQ(to_hex(ticket_key_of(secret)),
              "10fb83ceca07e9559c37df7ab102c3bf2cae7336420f9ab81ba342148a911c73");
    EXPECT_EQ(
        sealed("alice"),
        "AnmmMe7eG_nJjxIDLN6t0OegeTmPx4a4jMhG7ImvhaUaxVlFMTJCUMXDR1THmLGnpFFahFgjDPDMQ-nZVRJn6dR5kjS9Cl3NPEyv"
        "-NeSn37Xx6nOWmU3xH70kiX-I-xfWejEKwdcLpOVl1EH9jHGR7KkinNE62Eh");
    EXPECT_EQ(
        sealed(std::string(19, 'a')),
        "AnmmMe7eG_nJjxIDLN6t0OegeTmPx4a4jMhG7ImvhaUaxVlFMTJCUMXDR1THmLGnpFFahFgjDPDMQ-nZVRJn6dR5kjS9HF3ANE6r"
        "mbbz_h-2psivOwRWpQdFRY4PKO0hsWNYxyoPindPuyGdTgnKaQPLG5IGzk_KdQ4KrtBBukd0u5GbntUP1A9da9RBr8Kl0fCtMa2n"
        "_etO_YSqO_V1P-Arslpt");
    TicketCallee of_call = callee;
    of_call.kind = TicketKind::passed_on;
    of_call.call = bytes_from_hex<32>("7edb360f06acaef2cc80dba16cf563f199d347db4443da04da0c8173e3f9e4ed");
    EXPECT_EQ(
        seal_ticket(caller, "alice", made_at, ticket_key_of(secret), of_call, Secret<32>(counting_from(64))),
        "A3mmMe7eG_nJjxIDLN6t0OegeTmPx4a4jMhG7ImvhaUagA6lQn4CgaOPwAY_2AqbNVxSDl4F-zvRvn8mDW50jiUudYPEypUGmydy"
        "xutEwJC0MSNo4ju3qKHVqM-VBIq1_0HeYG0GloHHv3hj3LI9aK7rfP8O1m11");
}

// Somebody who knows the caller's name, as everybody may, and the callee's, and makes the proof with a scalar
// of his own.
TEST_F(GoldenTicket, a_ticket_in_the_name_of_another_key_is_refused) {
    const auto forged = open_ticket(
        secret, callee,
        "AnmmMe7eG_nJjxIDLN6t0OegeTmPx4a4jMhG7ImvhaUaxVlFMTJCUMXDR1THmLGnpFFahFgjDPDMQ-nZVRJn6dR5kjS9Cl3NPEyv"
        "-NeSn37Xx6nOWmU3xBbTSQZbY5tNJFQcd4m57_b_64UYX_mRIMT0rY9bEBYi");
    ASSERT_FALSE(forged);
    EXPECT_EQ(forged.error(), Errc::bad_signature);
}

}  // namespace
}  // namespace crypto
