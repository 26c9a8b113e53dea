// tests/node/names/key_text_test.cpp - a key is found in what people copy, and nothing typed is repeated in
// an error.
#include "node/names/key_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/name.hpp"
#include "node/names/invite.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const crypto::PublicKey key = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{7})).public_key();

std::string complaint(const std::string& text) {
    const auto found = parse_key_text(text);
    return found ? "(none)" : found.error();
}

TEST(KeyText, is_56_characters_an_address_or_an_invite) {
    const std::string name = crypto::encode_name(key);
    for (const std::string& text : {name, " " + name + "\n", name + ".hedge.alt", name + ".HEDGE.alt.",
                                    std::string("SIP:Alice@" + name + ".hedge.alt"),
                                    "alice@" + name + ".hedge.alt", "hedgewitch:" + name + "/alice"}) {
        const auto found = parse_key_text(text);
        ASSERT_TRUE(found.has_value()) << text << ": " << found.error();
        EXPECT_EQ(found->key, key) << text;
        EXPECT_EQ(found->label, text.find("lice") == std::string::npos ? "" : "alice") << text;
        EXPECT_FALSE(found->unlisted);
    }
    EXPECT_TRUE(parse_key_text(format_invite({key, "alice", std::vector<std::uint8_t>(16)}))->unlisted);
}

TEST(KeyText, is_taken_from_brackets_and_groups) {
    const std::string name = crypto::encode_name(key);
    std::string groups;
    for (std::size_t i = 0; i < name.size(); i += 4)
        groups += name.substr(i, 4) + (i % 8 == 0 ? " " : "\n");
    for (const std::string& text :
         {"<sip:al-ice@" + name + ".hedge.alt>", "\"" + name + "\"", groups,
          name.substr(0, 30) + "-\n" + name.substr(30), "Here: <hedgewitch:" + name + "/al-ice>."}) {
        const auto found = parse_key_text(text);
        ASSERT_TRUE(found.has_value()) << text << ": " << found.error();
        EXPECT_EQ(found->key, key) << text;
        EXPECT_EQ(found->label, text.find("ice") == std::string::npos ? "" : "al-ice") << text;
    }
}

TEST(KeyText, what_is_no_key_is_told_apart) {
    const std::string name = crypto::encode_name(key);
    EXPECT_THAT(complaint(""), HasSubstr("nothing was given"));
    EXPECT_THAT(complaint("example.org"), HasSubstr("not under .hedge.alt"));
    EXPECT_THAT(complaint("alice"), HasSubstr("wrong length"));
    EXPECT_THAT(complaint("al ice@" + name), HasSubstr("before the @"));
    EXPECT_THAT(complaint("hedgewitch:" + name), HasSubstr("invite names nobody"));
    std::string typo = name;
    typo[0] = typo[0] == 'a' ? 'b' : 'a';
    EXPECT_THAT(complaint(typo), HasSubstr("mistyped"));
    EXPECT_THAT(complaint(typo + ".hedge.alt"), HasSubstr("mistyped"));
}

TEST(KeyText, the_backup_of_a_secret_key_is_refused_and_not_repeated) {
    const std::string backup = crypto::encode_seed(crypto::Seed(crypto::Bytes<32>{7}));
    EXPECT_THAT(complaint(backup), AllOf(HasSubstr("no key"), Not(HasSubstr(backup.substr(0, 8)))));
    EXPECT_THROW(read_key_text(backup), std::runtime_error);
}

}  // namespace
}  // namespace node
