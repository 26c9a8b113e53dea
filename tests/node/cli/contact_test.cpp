// tests/node/cli/contact_test.cpp - `contact` through the binary: what a person types and reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/names/invite.hpp"
#include "node/names/qr.hpp"
#include "node/state/contact_table.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

const crypto::PublicKey k2 = crypto::Identity::from_seed(crypto::Seed{crypto::Bytes<32>{2}}).public_key();
const std::string n2 = crypto::encode_name(k2);

class ContactCli : public testing::Test {
protected:
    void expect_refused(const std::vector<std::string>& arguments, const std::string& why,
                        const std::string& input = {}) {
        const auto f = node.command(arguments, input);
        EXPECT_EQ(f.code, 1) << why;
        EXPECT_THAT(f.err, HasSubstr(why));
    }
    const std::string invite = format_invite({k2, "bob", std::vector<std::uint8_t>(16, 9)});
    const std::string secret = invite.substr(invite.find("?s=") + 3);
    TestNode node{""};
};

TEST_F(ContactCli, contacts_are_added_listed_renamed_and_removed) {
    const auto added = node.command({"contact", "add", "Mum", "Alice@Example.org", "--number", "12"});
    EXPECT_EQ(added.code, 0) << added.err;
    EXPECT_THAT(added.out, AllOf(HasSubstr("mum is sip:Alice@example.org"), HasSubstr("Dial mum or 12")));
    EXPECT_EQ(node.command({"contact", "add", "bob", invite}).code, 0);
    EXPECT_EQ(node.command({"contact", "add", "tim", "tim@riverside"}).code, 0);
    EXPECT_EQ(node.command({"contact", "add", "tom", "-"}, "tom@riverside\n").code, 0);
    EXPECT_THAT(node.command({"contact", "list"}).out, HasSubstr("tom@riverside"));
    EXPECT_EQ(node.command({"contact", "remove", "tom"}).code, 0);
    EXPECT_EQ(node.command({"contact", "list"}).out, "bob      sip:bob@" + n2 +
                                                         ".hedge.alt  (unlisted, by invite)\n"
                                                         "mum  12  sip:Alice@example.org\n"
                                                         "tim      sip:tim@riverside\n");
    const Json list = Json::parse(node.command({"contact", "list", "--json"}).out);
    EXPECT_EQ(list[0]["unlisted"], true);
    EXPECT_EQ(list[0]["number"], nullptr);
    EXPECT_EQ(list[1]["number"], "12");
    EXPECT_EQ(list[1]["uri"], "sip:Alice@example.org");
    EXPECT_EQ(node.command({"contact", "rename", "mum", "Mother"}).out, "mum is called mother now\n");
    EXPECT_EQ(node.command({"contact", "remove", "tim"}).out, "tim is removed\n");
    EXPECT_THAT(node.command({"contact", "list"}).out, AllOf(HasSubstr("mother  12"), Not(HasSubstr("tim"))));
}

TEST_F(ContactCli, an_invite_is_taken_from_a_quoted_and_broken_mail) {
    const std::string mail = "> Hello,\n> here I am: " + invite.substr(0, 61) + "\n> " +
                             invite.substr(61, 20) + "\n> " + invite.substr(81) + ".\n";
    for (const auto& f : {node.command({"contact", "add", "bob", "-"}, mail),
                          node.command({"contact", "add", "bobby", mail})}) {
        EXPECT_EQ(f.code, 0) << f.err;
        EXPECT_THAT(f.out, HasSubstr("sip:bob@" + n2 + ".hedge.alt  (unlisted, by invite)"));
    }
}

TEST_F(ContactCli, an_invite_is_read_from_a_picture) {
    const Scratch scratch;
    const auto picture = (scratch.dir / "bob.png").string();
    write_qr_png(picture, invite, Privacy::secret);
    const auto added = node.command({"contact", "add", "bob", "--image", picture});
    ASSERT_EQ(added.code, 0) << added.err;
    EXPECT_THAT(added.out, HasSubstr("bob is sip:bob@" + n2));
    write_text(picture, "no picture");
    expect_refused({"contact", "add", "bob", "--image", picture}, "is neither a PNG nor a JPEG picture");
    expect_refused({"contact", "add", "bob", "--image", picture + "x"}, "cannot be read");
    const auto nobody = node.command({"contact", "add", "bob"});
    EXPECT_EQ(nobody.code, 2);
    EXPECT_THAT(nobody.err, HasSubstr("say who it is"));
}

TEST_F(ContactCli, a_click_on_an_invite_where_no_node_is_adds_nothing) {
    const auto clicked = node.command({"contact", "accept", invite}, "Bobby\n");
    EXPECT_EQ(clicked.code, 1);
    EXPECT_THAT(clicked.out, AllOf(HasSubstr("There is no node in"), HasSubstr("contact add bob -"),
                                   Not(HasSubstr("Dial bobby")), Not(HasSubstr(secret))));
    EXPECT_EQ(node.command({"contact", "list"}).out, "");
}

TEST_F(ContactCli, a_click_on_an_invite_asks_for_a_name_alone) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    const auto added = node.command({"contact", "accept", invite}, "Bobby\n");
    ASSERT_EQ(added.code, 0) << added.err;
    EXPECT_THAT(added.out,
                AllOf(HasSubstr("An invite of bob, whose key is\n  " + n2), HasSubstr("bobby is sip:bob@")));
    EXPECT_THAT(added.out, Not(HasSubstr(secret)));
    EXPECT_EQ(node.command({"contact", "accept", "hedgewitch:rubbish"}).code, 1);
}

TEST_F(ContactCli, a_phonebook_holds_names_and_numbers_and_no_secret) {
    ASSERT_EQ(node.command({"contact", "add", "bob", invite, "--number", "12"}).code, 0);
    const auto book = node.command({"contact", "export", "--phonebook", "yealink"});
    EXPECT_THAT(book.out,
                AllOf(HasSubstr("<Telephone>12</Telephone>"), Not(HasSubstr(secret)), Not(HasSubstr(n2))));
    EXPECT_THAT(node.command({"contact", "export", "--phonebook", "vcard"}).out, HasSubstr("BEGIN:VCARD"));
    expect_refused({"contact", "export", "--phonebook", "toaster"}, "none of vcard, yealink");
}

TEST_F(ContactCli, who_gets_an_emergency_number_is_told_however_it_comes_about) {
    const auto added = node.command({"contact", "add", "bob", invite, "--number", "112"});
    EXPECT_EQ(added.code, 0) << added.err;
    EXPECT_THAT(added.err,
                AllOf(HasSubstr("112 is an emergency number"), HasSubstr("bob"), Not(HasSubstr(secret))));
    EXPECT_THAT(node.command({"contact", "add", "911", "police@example.org"}).err, HasSubstr("911 is an"));
    EXPECT_EQ(node.command({"contact", "add", "tim", "tim@riverside", "--number", "12"}).err, "");
    EXPECT_THAT(node.command({"contact", "rename", "tim", "999"}).err, HasSubstr("999 is an"));
    const auto exported = node.command({"contact", "export"});
    TestNode other("");
    EXPECT_THAT(other.command({"contact", "import"}, exported.out).err,
                AllOf(HasSubstr("112 is an"), HasSubstr("911 is an"), HasSubstr("999 is an")));
}

TEST_F(ContactCli, what_is_wrong_is_told_with_what_to_do) {
    ASSERT_EQ(node.command({"user", "add", "alice", "--password-stdin"}, "down the rabbit hole\n").code, 0);
    ASSERT_EQ(node.command({"contact", "add", "mum", "alice@example.org", "--number", "12"}).code, 0);
    expect_refused({"contact", "add", "mum", "x@example.org"}, "contact remove mum");
    expect_refused({"contact", "add", "alice", "x@example.org"}, "user of this node");
    expect_refused({"contact", "add", "dad", "example.org"}, "sip:alice@example.org");
    expect_refused({"contact", "add", "dad", "x@example.org", "--number", "12"}, "that of mum");
    expect_refused({"contact", "add", "dad", "x@example.org", "--number", "+49"}, "0-9 * #");
    expect_refused({"contact", "remove", "dad"}, "contact list");
    expect_refused({"contact", "rename", "dad", "papa"}, "contact list");
    expect_refused({"user", "add", "mum"}, "is your contact mum");
    expect_refused({"user", "add", "12"}, "is your contact mum");
    EXPECT_EQ(node.command({"contact", "add", "dad"}).code, 2);
    EXPECT_EQ(node.command({"contact"}).code, 2);
}

TEST_F(ContactCli, the_secret_of_an_invite_is_shown_by_export_alone_which_says_so) {
    const auto added = node.command({"contact", "add", "bob", invite});
    ASSERT_EQ(added.code, 0) << added.err;
    const auto mistyped = node.command({"contact", "add", "rob", invite + "a"});
    EXPECT_EQ(mistyped.code, 1);
    for (const auto& f :
         {added, mistyped, node.command({"contact", "list"}), node.command({"contact", "list", "--json"}),
          node.command({"contact", "add", "bob", invite}),
          node.command({"contact", "rename", "bob", "rob"})}) {
        EXPECT_THAT(f.out + f.err, Not(HasSubstr(secret.substr(0, 8))));
    }
    const auto exported = node.command({"contact", "export"});
    EXPECT_THAT(exported.out, HasSubstr(invite));
    EXPECT_THAT(exported.err, AllOf(HasSubstr("secrets of 1 invite are in it"), Not(HasSubstr(secret))));
}

TEST_F(ContactCli, an_export_is_private_and_another_node_imports_it_whole) {
    ASSERT_EQ(node.command({"contact", "add", "mum", "alice@example.org", "--number", "12"}).code, 0);
    ASSERT_EQ(node.command({"contact", "add", "bob", invite}).code, 0);
    const std::string file = (node.state() / "contacts.json").string();
    ASSERT_EQ(node.command({"contact", "export", "--file", file}).code, 0);
    struct stat info {};
    ASSERT_EQ(stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);

    TestNode other("");
    ASSERT_EQ(other.command({"contact", "add", "old", "x@example.org"}).code, 0);
    const auto imported = other.command({"contact", "import", "--file", file});
    EXPECT_EQ(imported.code, 0) << imported.err;
    EXPECT_EQ(imported.out, "2 contacts added\n");
    EXPECT_EQ(other.command({"contact", "import"}, read_text(file)).out,
              "0 contacts added, 2 here already\n");
    EXPECT_EQ(other.command({"contact", "import", "--replace"}, read_text(file)).out, "2 contacts added\n");
    EXPECT_EQ(other.command({"contact", "export"}).out, read_text(file));
    Database db(other.state() / "state.db", Durability::process_crash);
    EXPECT_EQ(ContactTable(db).secret_for(k2, "bob"), std::vector<std::uint8_t>(16, 9));
}

TEST_F(ContactCli, an_import_with_a_mistake_imports_nothing_and_says_where_it_is) {
    ASSERT_EQ(node.command({"contact", "add", "mum", "alice@example.org"}).code, 0);
    const std::string good = "{\"name\": \"dad\", \"uri\": \"adam@example.org\"}";
    const auto file = [&](const std::string& second) {
        return "{\"hedgewitch_contacts\": 1, \"contacts\": [" + good + ",\n" + second + "]}";
    };
    for (const bool replace : {false, true}) {
        std::vector<std::string> import{"contact", "import"};
        if (replace) import.emplace_back("--replace");
        expect_refused(import, "standard input, line 2: this is no JSON", file("{\"name\": mum}"));
        expect_refused(import, "standard input, entry 2: \"x@192.0.2.1\"",
                       file("{\"name\": \"eve\", \"uri\": \"x@192.0.2.1\"}"));
        expect_refused(import, "entry 2: there is a contact dad already",
                       file("{\"name\": \"dad\", \"uri\": \"x@example.org\"}"));
        expect_refused(import, "Nothing was imported", file("{}"));
        EXPECT_EQ(node.command({"contact", "list"}).out, "mum  sip:alice@example.org\n");
    }
    expect_refused({"contact", "import", "--file", "/nowhere/x.json"},
                   "/nowhere/x.json: cannot be read: No such file");
    expect_refused({"contact", "export", "--file", "/nowhere/x.json"},
                   "/nowhere/x.json: cannot be written: No such file");
    EXPECT_THAT(node.command({"contact", "import", "--help"}).out, HasSubstr("{\"hedgewitch_contacts\": 1,"));
}

}  // namespace
}  // namespace node
