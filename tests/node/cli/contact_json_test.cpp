// tests/node/cli/contact_json_test.cpp - contacts as a file: there and back, and what is wrong with one.
#include "node/cli/contact_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/name.hpp"
#include "node/names/invite.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::sys_seconds t0{std::chrono::seconds(1'800'000'000)};

std::string invite(const std::vector<std::uint8_t>& secret) {
    const auto identity = crypto::Identity::from_seed(crypto::Seed{crypto::Bytes<32>{1}});
    return format_invite({identity.public_key(), "bob", secret});
}

std::string complaint(const std::string& text) {
    try {
        contacts_from_json(text, t0);
    } catch (const ContactError& e) {
        return e.what();
    }
    return "(none)";
}
std::string with_entry(const std::string& entry) {
    return "{\"hedgewitch_contacts\": 1, \"contacts\": [{\"name\": \"a\", \"uri\": \"a@b.example\"}, " +
           entry + "]}";
}

TEST(ContactJson, contacts_come_back_as_they_were) {
    const std::vector<std::uint8_t> secret{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const std::vector<Contact> rows{make_contact("mum", "12", "sips:alice@example.org:5071", t0),
                                    make_contact("bob", "*#1", invite(secret), t0),
                                    make_contact("listed", std::nullopt, invite({}), t0)};
    const std::string text = contacts_to_json(rows);
    EXPECT_EQ(contacts_from_json(text, t0), rows);
    EXPECT_THAT(text, AllOf(HasSubstr(invite(secret)), HasSubstr("\"sips:alice@example.org:5071\"")));
    EXPECT_TRUE(contacts_from_json(contacts_to_json({}), t0).empty());
}

TEST(ContactJson, what_is_no_json_is_told_by_line_without_citing_it) {
    const std::string secret = invite(std::vector<std::uint8_t>(16, 7));
    const std::string text =
        "{\"hedgewitch_contacts\": 1,\n \"contacts\": [\n  {\"name\": \"bob\",\n   \"invite\": \"" + secret +
        "\n}]}";
    EXPECT_THAT(complaint(text), AllOf(HasSubstr("line 4"), Not(HasSubstr("hedgewitch:"))));
    EXPECT_THAT(complaint(""), HasSubstr("line 1"));
    EXPECT_THAT(complaint(std::string(100'000, '[')), HasSubstr("line 1"));
}

TEST(ContactJson, what_holds_no_contacts_is_refused) {
    for (const char* text : {"[]", "{}", "3", "{\"hedgewitch_contacts\": 1}",
                             "{\"hedgewitch_contacts\": 1, \"contacts\": {}}", "{\"contacts\": []}"})
        EXPECT_THAT(complaint(text), HasSubstr("these are no contacts")) << text;
    EXPECT_THAT(complaint("{\"hedgewitch_contacts\": 2, \"contacts\": []}"), HasSubstr("another version"));
}

TEST(ContactJson, a_wrong_entry_is_told_by_its_number) {
    const std::vector<std::array<std::string, 2>> wrong{
        {"3", "it must be {"},
        {"{\"uri\": \"a@b.example\"}", "\"name\" is missing"},
        {"{\"name\": 3, \"uri\": \"a@b.example\"}", "\"name\" must be text"},
        {"{\"name\": \"x\"}", "either \"uri\" or \"invite\""},
        {"{\"name\": \"x\", \"uri\": \"a@b.example\", \"invite\": \"hedgewitch:x\"}", "either"},
        {"{\"name\": \"x\", \"invite\": \"a@b.example\"}", "must begin with hedgewitch:"},
        {"{\"name\": \"x\", \"uri\": \"a@b.example\", \"number\": 12}", "\"number\" must be text"},
        {"{\"name\": \"x\", \"uri\": \"a@b.example\", \"number\": \"12a\"}", "is no short number"},
        {"{\"name\": \"x\", \"uri\": \"a@b.example\", \"nmber\": \"12\"}", "unknown field \"nmber\""},
        {"{\"name\": \"x y\", \"uri\": \"a@b.example\"}", "is no contact name"},
        {"{\"name\": \"x\", \"uri\": \"a@192.0.2.1\"}", "bare IP"},
        {"{\"name\": \"x\", \"invite\": \"hedgewitch:abc/x\"}", "entry 2: "},
    };
    for (const auto& [entry, why] : wrong)
        EXPECT_THAT(complaint(with_entry(entry)), AllOf(HasSubstr("entry 2: "), HasSubstr(why))) << entry;
}

TEST(ContactJson, more_than_ten_thousand_are_refused) {
    std::string list;
    for (std::size_t i = 0; i <= max_contact_rows; ++i)
        list += std::string(i == 0 ? "" : ",") + "{}";
    EXPECT_THAT(complaint("{\"hedgewitch_contacts\": 1, \"contacts\": [" + list + "]}"),
                HasSubstr("10000 are the most"));
}

}  // namespace
}  // namespace node
