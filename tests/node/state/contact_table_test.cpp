// tests/node/state/contact_table_test.cpp - contacts: one meaning for each name and number.
#include "node/state/contact_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/name.hpp"
#include "node/names/invite.hpp"
#include "node/state/user_table.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::sys_seconds t0{std::chrono::seconds(1'800'000'000)};

crypto::PublicKey a_key(std::uint8_t n) {
    return crypto::Identity::from_seed(crypto::Seed{crypto::Bytes<32>{n}}).public_key();
}
const crypto::PublicKey bobs = a_key(1), carols = a_key(2);
const std::vector<std::uint8_t> secret(16, 0x5a), newer_secret(16, 0xa5);

std::string host(const crypto::PublicKey& key) {
    return crypto::encode_name(key) + ".hedge.alt";
}
Contact contact(std::string_view name, std::string_view uri, std::optional<std::string> number = {}) {
    return make_contact(name, number, uri, t0);
}

template <typename F>
std::string complaint(F&& deed) {
    try {
        deed();
    } catch (const ContactError& e) {
        return e.what();
    }
    return "(none)";
}

class ContactBook : public testing::Test {
protected:
    ContactBook() : db(scratch.dir / "state.db", Durability::process_crash), contacts(db) {}
    std::vector<std::string> names() {
        std::vector<std::string> all;
        for (const auto& row : ContactTable(db).all())  // as the file has it
            all.push_back(row.name);
        return all;
    }
    Scratch scratch;
    Database db;
    ContactTable contacts;
};

TEST_F(ContactBook, are_found_by_name_and_number_also_in_the_next_run) {
    const Contact mum = contact("mum", "alice@example.org", "12");
    const Contact bob = contact("bob", format_invite({bobs, "bob", secret}));
    contacts.add(mum);
    contacts.add(bob);
    const ContactTable next_run(db);
    for (const ContactTable* table : std::initializer_list<const ContactTable*>{&contacts, &next_run}) {
        ASSERT_NE(table->find_name("mum"), nullptr);
        EXPECT_EQ(*table->find_name("mum"), mum);
        EXPECT_EQ(table->find_number("12"), table->find_name("mum"));
        ASSERT_NE(table->find_name("bob"), nullptr);
        EXPECT_EQ(*table->find_name("bob"), bob);
        EXPECT_EQ(table->find_name("12"), nullptr);
        EXPECT_EQ(table->find_number("mum"), nullptr);
        EXPECT_EQ(table->find_number(""), nullptr);
    }
}

TEST_F(ContactBook, what_another_process_adds_is_known_after_reload) {
    Database other_db(scratch.dir / "state.db", Durability::process_crash);
    ContactTable other(other_db);
    other.add(contact("mum", "alice@example.org"));
    EXPECT_EQ(contacts.find_name("mum"), nullptr);
    contacts.reload();
    EXPECT_NE(contacts.find_name("mum"), nullptr);
    other.add(contact("dad", "adam@example.org"));
    EXPECT_THAT(complaint([&] { contacts.add(contact("dad", "x@example.org")); }), HasSubstr("already"));
}

TEST_F(ContactBook, the_secret_for_a_key_name_is_that_of_the_latest_invite) {
    EXPECT_TRUE(contacts.secret_for(bobs, "bob").empty());
    contacts.add(contact("plain", "bob@" + host(bobs)));
    EXPECT_TRUE(contacts.secret_for(bobs, "bob").empty());
    auto first = contact("zoe", format_invite({bobs, "bob", secret}));
    auto second = contact("bob", format_invite({bobs, "bob", newer_secret}));
    second.created += std::chrono::seconds(1);
    contacts.add(first);
    EXPECT_EQ(contacts.secret_for(bobs, "bob"), secret);
    contacts.add(second);
    EXPECT_EQ(contacts.secret_for(bobs, "bob"), newer_secret);
    EXPECT_EQ(ContactTable(db).secret_for(bobs, "bob"), newer_secret);
    EXPECT_TRUE(contacts.secret_for(carols, "bob").empty());
    EXPECT_TRUE(contacts.secret_for(bobs, "carol").empty());
    contacts.remove("bob");
    EXPECT_EQ(contacts.secret_for(bobs, "bob"), secret);
    contacts.rename("zoe", "robert");
    EXPECT_EQ(contacts.secret_for(bobs, "bob"), secret);
    contacts.remove("robert");
    EXPECT_TRUE(contacts.secret_for(bobs, "bob").empty());
}

TEST_F(ContactBook, a_name_or_number_that_means_something_already_is_refused) {
    UserTable(db, "home").add({"alice", "home", {"a", "b"}, t0});
    UserTable(db, "home").add({"100", "home", {"a", "b"}, t0});
    contacts.add(contact("mum", "alice@example.org", "12"));
    contacts.add(contact("7", "seven@example.org"));
    const auto refused = [&](const Contact& row) { return complaint([&] { contacts.add(row); }); };
    EXPECT_THAT(refused(contact("mum", "b@c.example")),
                AllOf(HasSubstr("alice@example.org"), HasSubstr("remove mum")));
    EXPECT_THAT(refused(contact("alice", "b@c.example")), HasSubstr("user of this node"));
    EXPECT_THAT(refused(contact("12", "b@c.example")), HasSubstr("short number of mum"));
    EXPECT_THAT(refused(contact("dad", "b@c.example", "12")), HasSubstr("that of mum"));
    EXPECT_THAT(refused(contact("dad", "b@c.example", "7")), HasSubstr("name of a contact"));
    EXPECT_THAT(refused(contact("5", "b@c.example", "5")), HasSubstr("name of a contact"));
    EXPECT_THAT(refused(contact("dad", "b@c.example", "100")), HasSubstr("user of this node"));
    EXPECT_THAT(complaint([&] { contacts.rename("mum", "alice"); }), HasSubstr("user of this node"));
    EXPECT_THAT(complaint([&] { contacts.rename("mum", "7"); }), HasSubstr("already"));
    EXPECT_THAT(names(), testing::ElementsAre("7", "mum"));
    EXPECT_EQ(contacts.find_number("12")->name, "mum");
}

TEST_F(ContactBook, a_rename_keeps_all_but_the_name) {
    const Contact before = contact("mum", format_invite({bobs, "bob", secret}), "12");
    contacts.add(before);
    EXPECT_TRUE(contacts.rename("mum", "mother"));
    EXPECT_TRUE(contacts.rename("mother", "mother"));
    EXPECT_FALSE(contacts.rename("mum", "mama"));
    Contact after = before;
    after.name = "mother";
    EXPECT_EQ(*ContactTable(db).find_name("mother"), after);
    EXPECT_EQ(contacts.find_number("12")->name, "mother");
    EXPECT_EQ(contacts.find_name("mum"), nullptr);
    EXPECT_TRUE(contacts.remove("mother"));
    EXPECT_FALSE(contacts.remove("mother"));
    EXPECT_EQ(contacts.find_number("12"), nullptr);
}

TEST_F(ContactBook, an_import_is_all_or_nothing_and_names_the_entry_at_fault) {
    contacts.add(contact("mum", "alice@example.org", "12"));
    const Contact dad = contact("dad", "adam@example.org");
    const std::string what = complaint([&] {
        contacts.import({dad, contact("mum", "alice@example.org", "12"), contact("eve", "e@e.example", "12")},
                        false);
    });
    EXPECT_THAT(what, AllOf(HasSubstr("entry 3"), HasSubstr("short number 12")));
    EXPECT_THAT(names(), testing::ElementsAre("mum"));
    EXPECT_EQ(contacts.find_name("dad"), nullptr);
    EXPECT_EQ(contacts.import({dad, contact("mum", "alice@example.org", "12")}, false), 1U);
    EXPECT_EQ(contacts.import({dad}, false), 0U);
    EXPECT_THAT(complaint([&] { contacts.import({contact("dad", "other@example.org")}, false); }),
                HasSubstr("entry 1"));
    EXPECT_THAT(names(), testing::ElementsAre("dad", "mum"));
}

TEST_F(ContactBook, a_replacing_import_leaves_what_was_there_when_it_fails) {
    contacts.add(contact("mum", "alice@example.org", "12"));
    const Contact eve = contact("eve", "e@e.example", "12");
    EXPECT_THAT(complaint([&] {
                    contacts.import({eve, contact("bea", "b@e.example", "12")}, true);
                }),
                HasSubstr("entry 2"));
    EXPECT_THAT(names(), testing::ElementsAre("mum"));
    EXPECT_EQ(contacts.find_number("12")->name, "mum");
    EXPECT_EQ(contacts.import({eve}, true), 1U);
    EXPECT_THAT(names(), testing::ElementsAre("eve"));
    EXPECT_EQ(contacts.find_number("12")->name, "eve");
}

TEST_F(ContactBook, there_are_ten_thousand_at_most) {
    db.execute("PRAGMA synchronous = OFF");
    std::vector<Contact> rows;
    for (std::size_t i = 0; i < max_contact_rows; ++i)
        rows.push_back(contact("n" + std::to_string(i), "a@b.example"));
    EXPECT_EQ(contacts.import(rows, false), max_contact_rows);
    EXPECT_THAT(complaint([&] { contacts.add(contact("more", "a@b.example")); }),
                HasSubstr("10000 contacts"));
    EXPECT_TRUE(contacts.rename("n7", "seven"));
    EXPECT_EQ(names().size(), max_contact_rows);
}

}  // namespace
}  // namespace node
