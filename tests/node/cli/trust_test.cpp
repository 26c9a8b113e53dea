// tests/node/cli/trust_test.cpp - `trust` through the binary: what a person types and reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/names/invite.hpp"
#include "node/state/trust_table.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

crypto::PublicKey a_key(std::uint8_t n) {
    return crypto::Identity::from_seed(crypto::Seed{crypto::Bytes<32>{n}}).public_key();
}
const crypto::PublicKey k1 = a_key(1), k2 = a_key(2), k3 = a_key(3);
const std::string n1 = crypto::encode_name(k1), n2 = crypto::encode_name(k2), n3 = crypto::encode_name(k3);
const std::string zones =
    "[pins]\n\"pinned.example\" = \"" + n1 + "\"\n[zones]\nriverside = \"" + n1 + "\"\n";

class TrustCli : public testing::Test {
protected:
    TrustCli() { std::filesystem::create_directory(node.state()); }
    /// What the running node would have found.
    void found(const std::string& name, const crypto::PublicKey& key, TrustSource source,
               std::chrono::seconds ago = std::chrono::seconds(0)) {
        Database db(node.state() / "state.db", Durability::process_crash);
        TrustTable(db, {{"pinned.example", k1}}, wall_now()).see(name, key, source, wall_now() - ago);
    }
    Json list() { return Json::parse(node.command({"trust", "list", "--json"}).out); }
    TestNode node{zones};
};

TEST_F(TrustCli, list_shows_how_each_name_is_known_since_when_and_for_how_long) {
    found("first.example", k2, TrustSource::first_use, std::chrono::hours(24 * 10) + std::chrono::minutes(5));
    found("signed.example", k2, TrustSource::dnssec, std::chrono::minutes(1));
    found("old.example", k2, TrustSource::first_use, std::chrono::hours(24 * 200));
    found("alice@riverside", k3, TrustSource::authority);
    const auto text = node.command({"trust", "list"});
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr("alice@riverside\n  vouched     " + n3 + "\n"));
    EXPECT_THAT(text.out, HasSubstr("first.example\n  first seen  " + n2 + "\n"));
    EXPECT_THAT(text.out, HasSubstr("; ends in 169 days unless it is seen again\n"));
    EXPECT_THAT(text.out, HasSubstr("; ends in 29 days unless it is seen again\n"));
    EXPECT_THAT(text.out, HasSubstr("the next key that is found is taken\n"));
    EXPECT_THAT(text.out, HasSubstr("pinned.example\n  verified    " + n1 +
                                    "\n              pinned in the configuration\n"));
    EXPECT_THAT(text.out,
                testing::ContainsRegex("first seen 20[0-9][0-9]-[01][0-9]-[0-3][0-9], last seen 20"));

    const Json json = list();
    ASSERT_EQ(json.size(), 5U);
    EXPECT_EQ(json[0]["name"], "alice@riverside");
    EXPECT_EQ(json[0]["source"], "authority");
    EXPECT_EQ(json[0]["age_left_s"], nullptr);
    EXPECT_EQ(json[0]["waiting"], nullptr);
    EXPECT_EQ(json[1]["shown_as"], "first seen");
    EXPECT_EQ(json[1]["key"], n2);
    EXPECT_GT(json[1]["age_left_s"], 169 * 86400);
    EXPECT_EQ(json[1]["first_seen"], json[1]["last_seen"]);
    EXPECT_EQ(json[2]["aged_out"], true);
    EXPECT_EQ(json[2]["age_left_s"], 0);
    EXPECT_EQ(json[3]["from_config"], true);
    EXPECT_EQ(json[4]["source"], "dnssec");
}

TEST_F(TrustCli, a_key_that_waits_is_shown_with_what_to_type_and_typing_it_decides) {
    for (const char* name : {"a.example", "b.example"}) {
        found(name, k1, TrustSource::first_use);
        found(name, k2, TrustSource::dnssec);
    }
    const std::string text = node.command({"trust", "list"}).out;
    for (const char* name : {"a.example", "b.example"}) {
        EXPECT_THAT(text, HasSubstr("hedgewitch trust accept " + std::string(name) + " " + n2 + "\n"));
        EXPECT_THAT(text, HasSubstr("hedgewitch trust reject " + std::string(name) + " " + n2 + "\n"));
    }
    EXPECT_THAT(text, AllOf(HasSubstr(n1), HasSubstr("! vouched   " + n2), HasSubstr("refused (403)")));
    EXPECT_EQ(list()[0]["waiting"]["key"], n2);
    EXPECT_EQ(list()[0]["waiting"]["source"], "dnssec");

    const auto other = node.command({"trust", "accept", "a.example", n3});
    EXPECT_EQ(other.code, 1);
    EXPECT_THAT(other.err, AllOf(HasSubstr("is another one: " + n2), HasSubstr("trust list")));
    const auto accepted = node.command({"trust", "accept", "A.Example", n2});
    EXPECT_EQ(accepted.code, 0) << accepted.err;
    EXPECT_THAT(accepted.out, HasSubstr("a.example is bound to " + n2 + " now, vouched"));
    const auto rejected = node.command({"trust", "reject", "b.example"});
    EXPECT_EQ(rejected.code, 0) << rejected.err;
    EXPECT_THAT(rejected.out, HasSubstr("b.example stays with " + n1));
    EXPECT_EQ(list()[0]["key"], n2);
    EXPECT_EQ(list()[0]["source"], "dnssec");
    EXPECT_EQ(list()[1]["key"], n1);
    for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(list()[i]["waiting"], nullptr);
    for (const char* decision : {"accept", "reject"}) {
        const auto again = node.command({"trust", decision, "b.example"});
        EXPECT_EQ(again.code, 1);
        EXPECT_THAT(again.err, HasSubstr("no other key waits for b.example"));
        EXPECT_THAT(node.command({"trust", decision, "c.example"}).err,
                    HasSubstr("no key is bound to c.example"));
    }
}

TEST_F(TrustCli, a_pin_is_given_as_a_key_a_host_or_an_invite) {
    const std::string secret_invite = format_invite({k2, "bob", std::vector<std::uint8_t>(16, 9)});
    for (const std::string& key : {n2, n2 + ".hedge.alt", "sip:bob@" + n2 + ".HEDGE.alt", secret_invite}) {
        const auto pinned = node.command({"trust", "pin", "Example.org", key});
        EXPECT_EQ(pinned.code, 0) << pinned.err;
        EXPECT_THAT(pinned.out, AllOf(HasSubstr("example.org is pinned to " + n2), Not(HasSubstr("?s="))));
        EXPECT_EQ(list()[0]["key"], n2);
        EXPECT_EQ(list()[0]["shown_as"], "verified");
        const auto twice = node.command({"trust", "pin", "example.org", n2});
        EXPECT_EQ(twice.code, 0);
        EXPECT_THAT(twice.out, HasSubstr("was pinned to that key already"));
        EXPECT_EQ(node.command({"trust", "forget", "example.org"}).code, 0);
        EXPECT_EQ(node.command({"trust", "forget", "example.org"}).code, 1);
    }
    EXPECT_EQ(node.command({"trust", "pin", "Alice@riverside", n2}).code, 0);
    EXPECT_EQ(node.command({"trust", "pin",
                            "b\xc3\xbc"
                            "cher.example",
                            n3})
                  .code,
              0);
    EXPECT_EQ(list()[0]["name"], "alice@riverside");
    EXPECT_EQ(list()[2]["name"], "xn--bcher-kva.example");
}

TEST_F(TrustCli, what_is_to_be_typed_works_for_every_kind_of_name_that_the_chain_binds) {
    for (const std::string& name : {std::string("a.example"), std::string("alice@riverside"),
                                    "alice@" + n1 + ".hedge.alt", std::string("xn--bcher-kva.example")}) {
        const auto source =
            name.find('@') == std::string::npos ? TrustSource::dnssec : TrustSource::authority;
        found(name, k2, source);
        found(name, k3, source);
        EXPECT_THAT(node.command({"trust", "list"}).out,
                    HasSubstr("hedgewitch trust accept " + name + " " + n3 + "\n"));
        const auto accepted = node.command({"trust", "accept", name, n3});
        EXPECT_EQ(accepted.code, 0) << accepted.err;
        found(name, k2, source);
        EXPECT_EQ(node.command({"trust", "reject", name, n2}).code, 0) << name;
        EXPECT_EQ(node.command({"trust", "forget", name}).code, 0) << name;
    }
}

TEST_F(TrustCli, wrong_names_and_keys_are_explained) {
    const std::vector<std::array<std::string, 3>> wrong{
        {"exa mple", n2, "is no domain like example.org"},
        {"192.0.2.1", n2, "is no name that a key can be bound to"},
        {"x.alt", n2, "is no name that a key can be bound to"},
        {n2 + ".hedge.alt", n2, "stands in the name itself"},
        {"alice@example.org", n2, "say example.org"},
        {"al ice@riverside", n2, "is no name of the zone riverside"},
        {"example.org", "abc", "56 characters"},
        {"example.org", n2.substr(0, 55) + (n2[55] == 'a' ? "b" : "a"), "this is no key"},
        {"example.org", "hedgewitch:abc/bob", "invite"},
    };
    for (const auto& [name, key, why] : wrong) {
        const auto f = node.command({"trust", "pin", name, key});
        EXPECT_EQ(f.code, 1) << name << " " << key;
        EXPECT_THAT(f.err, HasSubstr(why)) << name << " " << key;
    }
    EXPECT_EQ(list().size(), 1U);
    EXPECT_EQ(node.command({"trust", "pin", "example.org"}).code, 2);
    EXPECT_EQ(node.command({"trust"}).code, 2);
}

TEST_F(TrustCli, what_the_configuration_pins_is_changed_there_and_the_error_says_where) {
    found("pinned.example", k2, TrustSource::dnssec);
    EXPECT_THAT(node.command({"trust", "list"}).out,
                AllOf(HasSubstr("edit [pins] in the configuration"), Not(HasSubstr("trust accept"))));
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"trust", "accept", "pinned.example"},
                                               {"trust", "pin", "pinned.example", n2},
                                               {"trust", "forget", "pinned.example"}}) {
        const auto f = node.command(arguments);
        EXPECT_EQ(f.code, 1) << arguments[1];
        EXPECT_THAT(f.err,
                    AllOf(HasSubstr(node.config().string()), HasSubstr("\"pinned.example\" under [pins]")));
    }
    EXPECT_EQ(node.command({"trust", "reject", "pinned.example", n2}).code, 0);
    EXPECT_EQ(list()[0]["key"], n1);
    EXPECT_EQ(list()[0]["waiting"], nullptr);
}

}  // namespace
}  // namespace node
