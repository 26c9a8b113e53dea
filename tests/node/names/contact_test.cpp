// tests/node/names/contact_test.cpp - contacts: one spelling for each name and number.
#include "node/names/contact.hpp"

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
std::string upper(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
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

TEST(Contact, names_and_uris_have_one_spelling) {
    EXPECT_EQ(contact("Mum", "Alice@Example.ORG").name, "mum");
    EXPECT_EQ(contact("mum", "Alice@Example.ORG").uri, "sip:Alice@example.org");  // the user part is theirs
    EXPECT_EQ(contact("mum", "sip:+49%2030@example.org:5070;Transport=TCP").uri,
              "sip:+49%2030@example.org:5070;transport=tcp");
    EXPECT_EQ(contact("mum",
                      "sips:a@b\xc3\xbc"
                      "cher.example")
                  .uri,
              "sips:a@xn--bcher-kva.example");
    EXPECT_EQ(contact("mum", "Alice@" + upper(host(bobs))).uri, "sip:alice@" + host(bobs));
    EXPECT_EQ(contact("mum", "alice@riverside").uri, "sip:alice@riverside");
    EXPECT_EQ(contact("mum", "a@b.example", "*0#").number, "*0#");
    EXPECT_EQ(contact("mum", "a@b.example").created, t0);
}

TEST(Contact, an_invite_becomes_a_key_name_and_a_secret) {
    const auto listed = contact("bob", format_invite({bobs, "bob", {}}));
    EXPECT_EQ(listed.uri, "sip:bob@" + host(bobs));
    EXPECT_TRUE(listed.secret.empty());
    const auto unlisted = contact("bob", format_invite({bobs, "bob", secret}));
    EXPECT_EQ(unlisted.uri, "sip:bob@" + host(bobs));
    EXPECT_EQ(unlisted.secret, secret);
    EXPECT_EQ(key_name_of(unlisted.uri), std::pair(bobs, std::string("bob")));
    EXPECT_FALSE(key_name_of("sip:bob@example.org"));
}

TEST(Contact, what_cannot_be_a_contact_is_refused_with_the_reason) {
    std::string mistyped = host(bobs);
    mistyped[3] = mistyped[3] == 'a' ? 'b' : 'a';
    const std::vector<std::array<std::string, 2>> refused{
        {"example.org", "write it like sip:alice@example.org"},
        {"sip:example.org", "write it like"},
        {"tel:+4930123", "write it like"},
        {"", "write it like"},
        {"sip:a@" + std::string(600, 'b'), "write it like"},
        {"sip:a:word@b.example", "password"},
        {"sip:a@b.example?Subject=x", "behind a ?"},
        {"sip:a@192.0.2.1", "bare IP"},
        {"sip:a@300.1.2.3", "looks like an address"},
        {"sip:a@[2001:db8::1]", "bare IP"},
        {"sip:a@b.example;lr", ";transport="},
        {"sip:a@b.example;transport=pigeon", ";transport="},
        {"sip:a@b.example;transport=udp;transport=tcp", ";transport="},
        {"sip:a@" + mistyped, "copied whole"},
        {"sip:a@x.alt", "outside DNS"},
        {"sip:a%20b@" + host(bobs), "1 to 63 letters"},
        {"sip:a@" + host(bobs) + ":5060", "leave out port"},
        {"sip:a@" + host(bobs) + ";transport=tcp", "leave out port"},
    };
    for (const auto& [uri, why] : refused)
        EXPECT_THAT(complaint([&, &text = uri] { contact("mum", text); }), HasSubstr(why)) << uri;
    EXPECT_THAT(complaint([] { contact("my mum", "a@b.example"); }),
                HasSubstr("\"my mum\" is no contact name"));
    EXPECT_THAT(complaint([] { contact("Anonymous", "a@b.example"); }), HasSubstr("anonymous"));
    for (const char* number : {"", "12345678901", "1a", "+49", "1 2"}) {
        EXPECT_THAT(complaint([&] { contact("mum", "a@b.example", number); }),
                    HasSubstr("is no short number"))
            << number;
    }
}

TEST(Contact, no_error_shows_the_secret_of_an_invite) {
    const std::string invite = format_invite({bobs, "bob", secret});
    const std::string s = invite.substr(invite.find("?s=") + 3);
    for (const auto& text : {invite + "x", invite.substr(0, invite.size() - 1), "sip:bob@x.alt?s=" + s,
                             "bob@" + host(bobs) + "?s=" + s}) {
        const std::string what = complaint([&, &pasted = text] { contact("bob", pasted); });
        EXPECT_THAT(what, AllOf(Not("(none)"), Not(HasSubstr(s.substr(0, 6))))) << text;
    }
}

}  // namespace
}  // namespace node
