// tests/node/config/config_places_test.cpp - addresses, host names, networks and keys, as people write them.
#include "node/config/config_places.hpp"

#include <gmock/gmock.h>

#include "crypto/identity.hpp"
#include "crypto/name.hpp"
#include "node/config/config_values.hpp"

namespace node {
namespace {

using testing::HasSubstr;
using Reader = void (*)(const toml::node& value, Config& into);

// What a reader says against `value`; empty: nothing.
std::string refusal_of(Reader read, const std::string& value, Config& into) {
    const auto table = toml::parse("value = " + value);
    try {
        read(*table.get("value"), into);
        return {};
    } catch (const BadValue& bad) {
        return bad.what();
    }
}
std::string refusal_of(Reader read, const std::string& value) {
    Config into;
    return refusal_of(read, value, into);
}

TEST(ConfigPlaces, addresses_to_publish_and_names_to_look_up_stand_in_one_list_and_are_written_as_one) {
    Config config;
    EXPECT_EQ(refusal_of(read_advertise, R"(["udp:192.0.2.1:5060", "tls:home.example.org:5061"])", config),
              "");
    EXPECT_EQ(config.sip.advertise.size(), 1U);
    EXPECT_EQ(config.sip.advertise_hosts.size(), 1U);
    const std::string written = write_advertise(config);
    Config again;
    EXPECT_EQ(refusal_of(read_advertise, written, again), "");
    EXPECT_EQ(write_advertise(again), written);
}

TEST(ConfigPlaces, what_nobody_can_call_is_not_published) {
    EXPECT_THAT(refusal_of(read_advertise, R"(["ws:192.0.2.1:8080"])"),
                HasSubstr("nobody calls a WebSocket"));
    EXPECT_THAT(refusal_of(read_advertise, R"(["wss:home.example.org:8443"])"), HasSubstr("udp, tcp or tls"));
    EXPECT_THAT(refusal_of(read_advertise, R"(["udp:0.0.0.0:5060"])"), HasSubstr("neither 0.0.0.0"));
    EXPECT_THAT(refusal_of(read_advertise, R"(["udp:192.0.2.1:0"])"), testing::Not(""));
    std::string nine = "[";
    for (int i = 0; i < 9; ++i)
        nine += "\"udp:h" + std::to_string(i) + ".example.org:5060\",";
    EXPECT_THAT(refusal_of(read_advertise, nine + "]"), HasSubstr("at most 8"));
}

TEST(ConfigPlaces, a_node_listens_somewhere_and_its_DHT_at_one_address_of_each_family) {
    EXPECT_THAT(refusal_of(read_listen, "[]"), HasSubstr("at least one"));
    EXPECT_EQ(refusal_of(read_dht_listen, R"(["0.0.0.0:4222", "[::]:4222"])"), "");
    EXPECT_THAT(refusal_of(read_dht_listen, R"(["0.0.0.0:4222", "10.0.0.1:4223"])"),
                HasSubstr("at most one IPv4"));
    EXPECT_THAT(refusal_of(read_dht_listen, "[]"), HasSubstr("dht.enabled = false"));
}

TEST(ConfigPlaces, a_list_replaces_what_stood_there_and_names_are_lowercase) {
    Config config;
    config.sip.domains = {"old.test"};
    EXPECT_EQ(refusal_of(read_domains, R"(["Example.ORG"])", config), "");
    EXPECT_EQ(config.sip.domains, std::vector<std::string>{"example.org"});
    EXPECT_NE(refusal_of(read_domains, R"(["not a host"])"), "");
    EXPECT_NE(refusal_of(read_bootstrap, R"(["bootstrap.example.org"])"), "") << "without a port";
    EXPECT_EQ(refusal_of(read_bootstrap, R"(["bootstrap.example.org:4222", "[2001:db8::1]:4222"])"), "");
    EXPECT_EQ(refusal_of(read_dns_servers, R"(["192.0.2.53", "[2001:db8::53]:53"])"), "");
    EXPECT_NE(refusal_of(read_prefixes, R"(["10.0.0.0/33"])"), "");
}

TEST(ConfigPlaces, keys_by_name_are_written_as_they_are_read) {
    const std::string key =
        crypto::encode_name(crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{2})).public_key());
    Config config;
    EXPECT_EQ(refusal_of(read_zones, "{ Riverside = \"" + key + "\" }", config), "");
    EXPECT_EQ(write_keys(config.zones), "\"riverside\" = \"" + key + "\"\n");
    EXPECT_THAT(refusal_of(read_zones, "{ \"x.alt\" = \"" + key + "\" }"), HasSubstr("not under .alt"));
    EXPECT_THAT(refusal_of(read_pins, "{ \"example.org\" = \"" + key.substr(1) + "\" }"),
                HasSubstr("56 characters"));
}

}  // namespace
}  // namespace node
