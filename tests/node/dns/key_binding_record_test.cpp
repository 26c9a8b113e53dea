// tests/node/dns/key_binding_record_test.cpp - the TXT record that binds a domain to a key: its text, and
// what is made of whatever else stands there.
#include "node/dns/key_binding_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/name.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

crypto::PublicKey key_of(std::uint8_t n) {
    return crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{n})).public_key();
}

/// One TXT record on the wire, in character-strings of at most `cut` bytes.
std::string txt(const std::string& text, std::size_t cut = 255) {
    std::string rdata;
    for (std::size_t at = 0; at < text.size(); at += cut) {
        const std::string part = text.substr(at, cut);
        rdata += static_cast<char>(part.size());
        rdata += part;
    }
    return rdata;
}

KeyBindingRecords parse(const std::vector<std::string>& texts) {
    std::vector<std::string> records;
    for (const auto& text : texts)
        records.push_back(txt(text));
    return parse_key_binding_records(records);
}

const std::string k1 = crypto::encode_name(key_of(1)), k2 = crypto::encode_name(key_of(2));

TEST(KeyBindingRecord, what_is_written_is_read) {
    EXPECT_EQ(key_binding_text(key_of(1)), "v=1;k=" + k1);
    EXPECT_EQ(key_binding_text(key_of(1), 1h), "v=1;k=" + k1 + ";max-age=3600");
    EXPECT_EQ(parse({key_binding_text(key_of(1))}).record, (KeyBindingRecord{key_of(1), 30 * 24h}));
    EXPECT_EQ(parse({key_binding_text(key_of(1), 1h)}).record, (KeyBindingRecord{key_of(1), 1h}));
}

TEST(KeyBindingRecord, strings_of_one_record_are_one_text) {
    const std::string whole = key_binding_text(key_of(1), 1h);
    for (const std::size_t cut : {1U, 5U, 30U, 62U})
        EXPECT_EQ(parse_key_binding_records(std::vector{txt(whole, cut)}).record,
                  (KeyBindingRecord{key_of(1), 1h}));
}

TEST(KeyBindingRecord, records_of_others_are_passed_over) {
    const auto found = parse({"v=spf1 -all", "", "v=2;k=" + k2, "k=" + k2, "hello", "v=1;k=" + k1});
    EXPECT_EQ(found.record, (KeyBindingRecord{key_of(1), default_key_binding_age}));
    EXPECT_EQ(found.trouble, "");
    const auto none = parse({"v=spf1 -all", "V=1;k=" + k1, "google-site-verification=x"});
    EXPECT_FALSE(none.record);
    EXPECT_EQ(none.trouble, "");
    EXPECT_FALSE(parse({}).record);
}

TEST(KeyBindingRecord, spaces_case_of_the_key_order_and_later_tags_do_not_matter) {
    std::string upper = k1;
    for (char& c : upper)
        c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(parse({"v=1; new=thing; max-age=5 ; k = " + upper + " ;"}).record,
              (KeyBindingRecord{key_of(1), 5s}));
}

TEST(KeyBindingRecord, one_that_claims_to_be_ours_and_cannot_be_read_spoils_the_name) {
    const std::string broken = k1.substr(0, 55) + (k1.back() == 'a' ? "b" : "a");
    for (const std::string& bad :
         {std::string("v=1"), std::string("v=1;"), std::string("v=1;k="), "v=1;k=" + broken,
          "v=1;k=" + k1 + ";k=" + k1, "v=1;k=" + k1 + ";max-age=", "v=1;k=" + k1 + ";max-age=-1",
          "v=1;k=" + k1 + ";max-age=1d", "v=1;k=" + k1 + ";max-age=1;max-age=1"}) {
        EXPECT_FALSE(parse({bad}).record) << bad;
        EXPECT_NE(parse({bad}).trouble, "") << bad;
        EXPECT_FALSE(parse({"v=1;k=" + k1, bad}).record) << "whatever the order: " << bad;
        EXPECT_FALSE(parse({bad, "v=1;k=" + k1}).record) << "whatever the order: " << bad;
    }
}

TEST(KeyBindingRecord, two_keys_are_no_key_and_the_same_key_twice_is_one) {
    const auto two = parse({"v=1;k=" + k1, "v=1;k=" + k2});
    EXPECT_FALSE(two.record);
    EXPECT_THAT(two.trouble, HasSubstr("two keys"));
    EXPECT_EQ(parse({"v=1;k=" + k1 + ";max-age=90", "v=1;k=" + k1 + ";max-age=60"}).record,
              (KeyBindingRecord{key_of(1), 60s}));
}

TEST(KeyBindingRecord, an_age_beyond_all_bounds_is_cut) {
    EXPECT_EQ(parse({"v=1;k=" + k1 + ";max-age=0"}).record->max_age, 0s);
    EXPECT_EQ(parse({"v=1;k=" + k1 + ";max-age=4000000000"}).record->max_age, longest_key_binding_age);
    EXPECT_EQ(parse({"v=1;k=" + k1 + ";max-age=99999999999999999999999"}).record->max_age,
              longest_key_binding_age);
}

TEST(KeyBindingRecord, rdata_cut_short_is_no_record) {
    const std::string whole = txt(key_binding_text(key_of(1)));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(parse_key_binding_records(std::vector{whole.substr(0, size)}).record) << size;
}

}  // namespace
}  // namespace node
