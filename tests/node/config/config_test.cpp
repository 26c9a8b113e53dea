// tests/node/config/config_test.cpp - defaults that need nothing, and complaints that say where and what.
#include "node/config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/name.hpp"
#include "node/addresses.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Config parse(const std::string& text) {
    return Config::parse(text, "test.toml");
}

std::string complaint(const std::string& text) {
    try {
        parse(text);
    } catch (const ConfigError& e) {
        return e.what();
    }
    return "(none)";
}

std::string some_name() {
    return crypto::encode_name(crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{7})).public_key());
}

TEST(Config, without_a_file_everything_has_a_value) {
    const Config c = Config::defaults();
    EXPECT_EQ(c.sip.listen.size(), 8U);
    EXPECT_EQ(to_text(c.sip.listen[2]), "tls:0.0.0.0:5061");
    EXPECT_EQ(to_text(c.sip.listen[3]), "wss:0.0.0.0:8443");
    EXPECT_EQ(to_text(c.sip.listen[6]), "tls:[::]:5061");
    EXPECT_THAT(c.dht.bootstrap, ElementsAre("bootstrap.jami.net:4222"));
    EXPECT_EQ(c.dht.network, 0U);
    EXPECT_TRUE(c.dns.enabled);
    EXPECT_EQ(c.dns.on_failure, OnDnsFailure::fall_back);
    EXPECT_TRUE(c.state_dir.is_absolute());
    EXPECT_TRUE(c.reach.nat_pmp && c.reach.upnp);
    EXPECT_EQ(c.record_contacts, RecordContacts::edge);
}

TEST(Config, the_public_host_is_asked_for_the_public_network_alone) {
    EXPECT_THAT(parse("[dht]\nnetwork = 7\n").dht.bootstrap, testing::IsEmpty());
    EXPECT_THAT(parse("[dht]\nnetwork = 0\n").dht.bootstrap, ElementsAre("bootstrap.jami.net:4222"));
    EXPECT_THAT(parse("[dht]\nnetwork = 7\nbootstrap = [\"192.0.2.1:4222\"]\n").dht.bootstrap,
                ElementsAre("192.0.2.1:4222"));
}

TEST(Config, a_lease_and_a_policy_out_of_range_are_told_with_what_is_allowed) {
    EXPECT_THAT(complaint("[media]\ndoor = \"always\"\n"), HasSubstr("\"auto\" or \"never\""));
    EXPECT_THAT(complaint("[media]\nstun_port = 70000\n"), HasSubstr("from 0 to 65535"));
    EXPECT_THAT(complaint("[reach]\nlease_s = 5\n"), HasSubstr("from 20 to 86400"));
    EXPECT_THAT(complaint("[reach]\nrelay_for = \"friends\"\n"), HasSubstr("reach.relay_for"));
    EXPECT_EQ(Config::parse("[reach]\nrelay_for = \"anybody\"\n", "f").reach.relay_for, RelayFor::anybody);
    EXPECT_THAT(complaint("[reach]\nrelay_media = \"anybody\"\n"), HasSubstr("reach.relay_media"));
    EXPECT_EQ(Config::parse("", "f").reach.relay_media, RelayMedia::nobody)
        << "off, unless its owner said so";
    EXPECT_EQ(Config::parse("[reach]\nrelay_media = \"contacts\"\n", "f").reach.relay_media,
              RelayMedia::contacts);
    EXPECT_THAT(complaint("[record]\ncontacts = \"phone\"\n"),
                AllOf(HasSubstr("record.contacts"), HasSubstr("\"edge\", \"direct\" or \"both\"")));
}

TEST(Config, every_key_of_the_printed_defaults_is_read_back_the_same) {
    Config c = Config::defaults();
    c.pins["example.test"] = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{7})).public_key();
    c.zones["riverside"] = crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{8})).public_key();
    c.dht.slot = 3;
    c.reach.upnp = false;
    c.reach.lease = std::chrono::seconds(600);
    c.record_contacts = RecordContacts::both;
    c.mesh_prefixes = {*overlay::Prefix::parse("10.77.0.0/16"), *overlay::Prefix::parse("fd00::/8")};
    c.dns.servers = {*parse_endpoint("127.0.0.1:5353"), *parse_endpoint("[::1]:53")};
    c.sip.domains = {"example.org"};
    c.sip.advertise = {*parse_transport_address("udp:192.0.2.1:5060")};
    c.sip.advertise_hosts = {{overlay::Transport::tls, "home.example.org", 5061}};
    c.sip.tls_certificate = "/etc/hedgewitch/tls.pem";
    c.sip.tls_key = "/etc/hedgewitch/tls.key";
    c.sip.web_origins = {"https://phone.example.org", "null"};
    const std::string text = to_toml(c);
    EXPECT_EQ(to_toml(Config::parse(text, {})), text);
    EXPECT_TRUE(changed_keys(c, Config::parse(text, {})).empty());
}

TEST(Config, what_is_set_replaces_the_default_and_the_rest_stays) {
    const Config c = parse(
        "[sip]\nlisten = [\"udp:127.0.0.2:5060\"]\ndomains = [\"Example.ORG\"]\n[dht]\nnetwork = 4242\n"
        "[dns]\nservers = [\"127.0.0.1\", \"127.0.0.1:5353\"]\non_failure = \"refuse\"\n"
        "dnssec = \"require\"\ntrust_anchor = \"/etc/root.key\"\nunsigned = [\"Corp.example\"]\n"
        "[pins]\n\"Example.TEST\" = \"" +
        some_name() + "\"\n");
    ASSERT_EQ(c.sip.listen.size(), 1U);
    EXPECT_EQ(to_text(c.sip.listen[0]), "udp:127.0.0.2:5060");
    EXPECT_THAT(c.sip.domains, ElementsAre("example.org"));
    EXPECT_EQ(c.dht.network, 4242U);
    EXPECT_EQ(sip::to_string(c.dns.servers.at(0)), "127.0.0.1:53");
    EXPECT_EQ(sip::to_string(c.dns.servers.at(1)), "127.0.0.1:5353");
    EXPECT_EQ(c.dns.on_failure, OnDnsFailure::refuse);
    EXPECT_EQ(c.dns.dnssec, Dnssec::require);
    EXPECT_EQ(c.dns.trust_anchor, "/etc/root.key");
    EXPECT_THAT(c.dns.unsigned_domains, ElementsAre("corp.example"));
    EXPECT_EQ(crypto::encode_name(c.pins.at("example.test")), some_name());
    EXPECT_EQ(c.dht.listen.size(), 2U);
}

TEST(Config, an_unknown_key_is_refused_with_file_line_and_the_nearest_known_key) {
    EXPECT_EQ(complaint("[sip]\nrealm = \"x\"\nlisen = []\n"),
              "test.toml:3: unknown key \"sip.lisen\"; the nearest known one is \"sip.listen\"");
    EXPECT_THAT(complaint("[dht]\nbootstraps = []\n"), HasSubstr("\"dht.bootstrap\""));
    EXPECT_THAT(complaint("[sip]\nprefixes = []\n"),
                HasSubstr("\"mesh.prefixes\""));  // right key, wrong section
    EXPECT_THAT(complaint("\n\nnetwork = 3\n"), AllOf(StartsWith("test.toml:3: "), HasSubstr("network")));
    EXPECT_THAT(complaint("[dsn]\n"), AllOf(StartsWith("test.toml:1: "), HasSubstr("[dns]")));
    EXPECT_THAT(complaint("sip = 3\n"), HasSubstr("sip must be a section"));
}

TEST(Config, a_wrong_type_or_value_is_refused_with_what_is_allowed) {
    EXPECT_EQ(complaint("[dht]\n\nnetwork = \"public\"\n"),
              "test.toml:3: dht.network must be a whole number from 0 to 4294967295");
    EXPECT_THAT(complaint("[dht]\nnetwork = -1\n"), HasSubstr("whole number"));
    EXPECT_THAT(complaint("[dht]\nlocations = 9\n"), HasSubstr("from 1 to 8"));
    EXPECT_THAT(complaint("[dht]\nenabled = 1\n"), HasSubstr("true or false"));
    EXPECT_THAT(complaint("[dns]\non_failure = \"panic\"\n"), HasSubstr("\"fall back\" or \"refuse\""));
    EXPECT_THAT(complaint("[dns]\ndnssec = \"yes\"\n"), HasSubstr("\"auto\", \"require\" or \"off\""));
    EXPECT_THAT(complaint("[dns]\ntrust_anchor = \"root.key\"\n"), HasSubstr("an absolute path"));
    EXPECT_THAT(complaint("[dns]\nunsigned = [\"a b\"]\n"), HasSubstr("a list of domains"));
    EXPECT_THAT(complaint("[sip]\nlisten = [\"udp:0.0.0.0:5060\",\n  \"sctp:0.0.0.0:5061\"]\n"),
                StartsWith("test.toml:3: sip.listen"));
    EXPECT_THAT(complaint("[sip]\nlisten = []\n"), HasSubstr("at least one"));
    EXPECT_THAT(complaint("[sip]\nlisten = \"udp:0.0.0.0:5060\"\n"), HasSubstr("a list of"));
    EXPECT_THAT(complaint("[sip]\nadvertise = [\"udp:0.0.0.0:5060\"]\n"), HasSubstr("neither 0.0.0.0"));
    for (const char* bad :
         {"udp:home..org:5060", "udp:home.example.org", "udp:home.example.org:0", "home.example.org:5060",
          "wss:home.example.org:443", "udp:300.1.2.3:5060", "sctp:home.example.org:5060"})
        EXPECT_THAT(complaint("[sip]\nadvertise = [\"" + std::string(bad) + "\"]\n"),
                    HasSubstr("sip.advertise"))
            << bad;
    EXPECT_THAT(complaint("[sip]\nadvertise = [\"wss:192.0.2.1:8443\"]\n"),
                HasSubstr("nobody calls a WebSocket"));
    EXPECT_THAT(complaint("[sip]\ntls_key = \"a.key\"\n"), HasSubstr("an absolute path"));
    EXPECT_THAT(complaint("[sip]\nweb_origins = [\"phone.example.org/\"]\n"), HasSubstr("origins like"));
    EXPECT_THAT(complaint("[sip]\ndomains = [\"exa mple\"]\n"), HasSubstr("host names"));
    EXPECT_THAT(complaint("[sip]\nrealm = \"a\\\"b\"\n"), HasSubstr("without quotes"));
    EXPECT_THAT(complaint("[sip]\ndelivery = \"302\"\n"), HasSubstr("\"auto\", \"redirect\" or \"proxy\""));
    EXPECT_THAT(complaint("[sip]\nfollow_redirects = [\"\"]\n"), HasSubstr("beginnings of User-Agent"));
    EXPECT_THAT(complaint("[mesh]\nprefixes = [\"10.77.0.0\"]\n"), HasSubstr("networks like"));
    EXPECT_THAT(complaint("[dht]\nlisten = [\"0.0.0.0:1\", \"127.0.0.1:2\"]\n"),
                HasSubstr("at most one IPv4"));
    EXPECT_THAT(complaint("[dht]\nbootstrap = [\"nowhere\"]\n"), HasSubstr("nodes like"));
    EXPECT_THAT(complaint("[log]\nlevel = \"loud\"\n"), HasSubstr("\"debug\""));
    EXPECT_THAT(complaint("[state]\ndir = \"here\"\n"), HasSubstr("absolute path"));
}

TEST(Config, a_pin_must_be_a_whole_key) {
    std::string name = some_name();
    name[5] = name[5] == 'a' ? 'b' : 'a';
    EXPECT_THAT(complaint("[pins]\n\"example.test\" = \"" + name + "\"\n"),
                AllOf(StartsWith("test.toml:2: pins must be"), HasSubstr("56 characters")));
    EXPECT_THAT(complaint("[pins]\n\"exa mple\" = \"" + some_name() + "\"\n"), HasSubstr("host name"));
}

TEST(Config, a_zone_is_a_name_that_DNS_or_a_key_has_not_taken_and_a_whole_key) {
    const auto zone = [](const std::string& name) {
        return "[zones]\n\"" + name + "\" = \"" + some_name() + "\"\n";
    };
    EXPECT_EQ(crypto::encode_name(parse(zone("RiverSide")).zones.at("riverside")), some_name());
    EXPECT_EQ(parse(zone("valley.mesh")).zones.count("valley.mesh"), 1U);
    for (const char* name : {"alt", "Hedge.ALT", "river side", "", "river.", "10.0.0.1", "alice@riverside"})
        EXPECT_THAT(complaint(zone(name)),
                    AllOf(StartsWith("test.toml:2: zones must be"), HasSubstr("not under .alt")));
    EXPECT_THAT(complaint("[zones]\nriverside = \"" + some_name().substr(1) + "\"\n"),
                HasSubstr("56 characters"));
    EXPECT_THAT(complaint("[zone]\n"), HasSubstr("[zones]"));
}

TEST(Config, a_slot_is_one_of_sixteen) {
    EXPECT_EQ(parse("[dht]\nslot = 15\n").dht.slot, 15);
    EXPECT_THAT(complaint("[dht]\nslot = 16\n"), HasSubstr("from 0 to 15"));
}

TEST(Config, broken_TOML_and_a_missing_file_are_told_with_their_place) {
    EXPECT_THAT(complaint("[sip]\nrealm = \n"), StartsWith("test.toml:2: "));
    EXPECT_THAT(complaint("[dht]\nnetwork = 1\nnetwork = 2\n"), StartsWith("test.toml:3: "));
    EXPECT_THROW(Config::load("/nonexistent/hedgewitch.toml"), ConfigError);
}

TEST(Config, changed_keys_names_what_needs_a_restart) {
    const Config before = parse("[dht]\nnetwork = 1\n");
    const Config after = parse("[dht]\nnetwork = 2\n[log]\nlevel = \"debug\"\n");
    EXPECT_THAT(changed_keys(before, after), ElementsAre("dht.network", "log.level"));
}

TEST(Config, the_places_of_files_follow_systemd_then_XDG) {
    Scratch scratch;
    setenv("XDG_CONFIG_HOME", scratch.dir.c_str(), 1);
    setenv("XDG_DATA_HOME", "relative/is/ignored", 1);
    unsetenv("CONFIGURATION_DIRECTORY");
    EXPECT_EQ(default_config_file(), scratch.dir / "hedgewitch/hedgewitch.toml");
    setenv("CONFIGURATION_DIRECTORY", "/etc/one:/etc/two", 1);
    EXPECT_EQ(default_config_file(), "/etc/one/hedgewitch.toml");
    setenv("STATE_DIRECTORY", "/var/lib/private/x", 1);
    EXPECT_EQ(default_state_dir(), "/var/lib/private/x");
    unsetenv("STATE_DIRECTORY");
    EXPECT_TRUE(default_state_dir().is_absolute());
    unsetenv("CONFIGURATION_DIRECTORY");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_DATA_HOME");
}

}  // namespace
}  // namespace node
