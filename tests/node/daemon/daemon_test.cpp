// tests/node/daemon/daemon_test.cpp - the running node: real binary, real sockets on loopback addresses of
// this test's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>

#include "node/state/user_table.hpp"
#include "tests/node/phone.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using Json = nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// All of 127/8 is loopback: by its process id each test has a /24 of its own, so that tests may run beside
/// each other.
std::string address(int last) {
    const auto pid = static_cast<unsigned>(getpid());
    return "127." + std::to_string(64 + (pid >> 8) % 64) + "." + std::to_string(pid % 256) + "." +
           std::to_string(last);
}

std::string configuration(int last, int bootstrap, const std::string& more = {}) {
    const std::string self = address(last);
    // The calls here are about what the 302 says; unknown phones would be proxied.
    return "[sip]\ndelivery = \"redirect\"\nlisten = [\"udp:" + self + ":5060\", \"tcp:" + self +
           ":5060\"]\n[dht]\nnetwork = 31337\nlisten = [\"" + self + ":4222\"]\nbootstrap = [\"" +
           address(bootstrap) + ":4222\"]\n[mesh]\nprefixes = [\"127.0.0.0/8\"]\n" +
           (more.empty() ? "[dns]\nenabled = false\n" : more);
}

class Daemon : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(node.command({"init"}).code, 0);
        ASSERT_EQ(node.command({"user", "add", "alice", "--password-stdin"}, "down the rabbit hole\n").code,
                  0);
    }
    static Json status_of(TestNode& n) {
        return Json::parse(n.command({"status", "--json"}).out, nullptr, false);
    }
    static std::size_t phones(TestNode& n, const std::string& user) {
        const Json status = status_of(n);
        for (const auto& entry : status.at("users")) {
            if (entry.at("user") == user) return entry.at("phones");
        }
        return 0;
    }
    static bool published(TestNode& n, const std::string& user) {
        const Json status = status_of(n);
        for (const auto& record : status.at("overlay").at("published")) {
            if (record.at("label") == user && record.at("read_back") > 0 && !record.at("withdrawn"))
                return true;
        }
        return false;
    }
    static std::string host(TestNode& n) {
        const std::string out = n.command({"address"}).out;
        return out.substr(0, out.find('\n'));
    }
    static Json lookup(TestNode& n, const std::string& uri) {
        return Json::parse(n.command({"lookup", uri, "--json"}).out, nullptr, false);
    }
    Phone phone() const { return {address(12), address(2), "alice", "down the rabbit hole"}; }

    TestNode node{configuration(2, 3)};
};

TEST_F(Daemon, it_says_where_it_is_and_stops_cleanly_on_SIGTERM) {
    auto daemon = node.start();
    EXPECT_TRUE(eventually([&] { return daemon->out().find("hedgewitch status") != std::string::npos; }));
    EXPECT_THAT(daemon->out(), AllOf(HasSubstr(host(node)), HasSubstr("udp:" + address(2) + ":5060"),
                                     HasSubstr("server          " + address(2))));
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait().code, 0);
    EXPECT_FALSE(std::filesystem::exists(node.state() / "control.sock"));
    EXPECT_EQ(node.command({"status"}).code, 3);
}

TEST_F(Daemon, the_stop_command_and_SIGINT_stop_it_too) {
    auto daemon = node.start();
    EXPECT_EQ(node.command({"stop"}).code, 0);
    EXPECT_EQ(daemon->wait().code, 0);
    daemon = node.start();
    daemon->signal(SIGINT);
    EXPECT_EQ(daemon->wait().code, 0);
}

TEST_F(Daemon, a_second_one_on_the_same_state_is_refused) {
    auto daemon = node.start();
    const auto second = node.command({"run"});
    EXPECT_EQ(second.code, 1);
    EXPECT_THAT(second.err, HasSubstr("already running"));
    EXPECT_EQ(node.command({"restore", "--replace"}, "x\n").code, 1);
    EXPECT_EQ(node.command({"status"}).code, 0);
}

TEST_F(Daemon, start_up_errors_name_the_endpoint_or_the_file) {
    {
        asio::io_context loop;
        asio::ip::tcp::acceptor taken(loop, {asio::ip::make_address(address(2)), 5060});
        const auto f = node.command({"run"});
        EXPECT_EQ(f.code, 1);
        EXPECT_THAT(f.err, HasSubstr(address(2) + ":5060"));
    }
    write_text(node.state() / "state.db", std::string(8192, 'x'));
    const auto f = node.command({"run"});
    EXPECT_EQ(f.code, 1);
    EXPECT_THAT(f.err, HasSubstr("state.db"));
}

TEST_F(Daemon, a_user_added_or_removed_beside_it_is_known_at_once) {
    auto daemon = node.start();
    EXPECT_THAT(phone().register_for(600), StartsWith("SIP/2.0 200"));
    EXPECT_EQ(phones(node, "alice"), 1U);
    EXPECT_EQ(node.command({"user", "add", "carol", "--password-stdin"}, "a christmas carol\n").code, 0);
    Phone carols(address(13), address(2), "carol", "a christmas carol");
    EXPECT_THAT(carols.register_for(600), StartsWith("SIP/2.0 200"));
    EXPECT_EQ(node.command({"user", "remove", "alice"}).code, 0);
    EXPECT_EQ(lookup(node, "sip:alice@" + address(2))["status"], 404);
    EXPECT_EQ(status_of(node)["users"].size(), 1U);
}

TEST_F(Daemon, SIGHUP_reads_users_again_and_tells_which_settings_need_a_restart) {
    auto daemon = node.start();
    {
        Database db(node.state() / "state.db", Durability::process_crash);
        UserTable(db, "hedgewitch").add({"dora", "hedgewitch", {"x", "y"}, {}});
    }
    write_text(node.config(), read_text(node.config()) + "[log]\nlevel = \"debug\"\n");
    daemon->signal(SIGHUP);
    EXPECT_TRUE(eventually([&] { return status_of(node)["users"].size() == 2; }));
    EXPECT_TRUE(eventually([&] { return daemon->err().find("log.level has changed") != std::string::npos; }))
        << daemon->err();
    write_text(node.config(), "[log]\nlevle = \"debug\"\n");
    daemon->signal(SIGHUP);
    EXPECT_TRUE(eventually([&] { return daemon->err().find("log.levle") != std::string::npos; }))
        << daemon->err();
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait().code, 0);
}

TEST_F(Daemon, a_binding_survives_kill_9_and_is_published_again) {
    auto daemon = node.start();
    TestNode other(configuration(3, 2));
    ASSERT_EQ(other.command({"init"}).code, 0);
    auto second = other.start();
    Phone alices = phone();
    EXPECT_THAT(alices.register_for(600), StartsWith("SIP/2.0 200"));
    ASSERT_TRUE(eventually([&] { return published(node, "alice"); }));
    daemon->signal(SIGKILL);
    EXPECT_EQ(daemon->wait().code, 128 + SIGKILL);
    daemon = node.start();
    EXPECT_EQ(phones(node, "alice"), 1U);
    EXPECT_EQ(lookup(node, "sip:alice@" + address(2))["contacts"][0]["uri"], alices.contact());
    EXPECT_TRUE(eventually([&] { return published(node, "alice"); }));
}

TEST_F(Daemon, a_call_by_key_name_gets_302_to_the_edge_that_signed_and_480_once_the_phone_is_gone) {
    auto caller = node.start();
    TestNode other(configuration(3, 2));
    ASSERT_EQ(other.command({"init"}).code, 0);
    ASSERT_EQ(other.command({"user", "add", "bob", "--password-stdin"}, "can we fix it\n").code, 0);
    auto callee = other.start();
    Phone bobs(address(13), address(3), "bob", "can we fix it");
    ASSERT_THAT(bobs.register_for(600), StartsWith("SIP/2.0 200"));
    ASSERT_TRUE(eventually([&] { return published(other, "bob"); }));

    const std::string uri = "sip:bob@" + host(other);
    const std::string edge = "sip:bob@" + address(3) + ":5060;transport=udp";
    EXPECT_THAT(phone().request("INVITE", uri),
                AllOf(StartsWith("SIP/2.0 302"), HasSubstr("Contact: <" + edge + ";tk="), HasSubstr(";hw=")));
    EXPECT_THAT(phone().request("INVITE", "sip:bob%40" + host(other) + "@" + address(2)),
                AllOf(StartsWith("SIP/2.0 302"), HasSubstr(edge)));
    // A stranger at the callee's edge is sent on to the phone itself.
    Phone stranger(address(14), address(3), "mallory", "x");
    stranger.come_from("elsewhere.example");
    EXPECT_THAT(stranger.request("INVITE", edge),
                AllOf(StartsWith("SIP/2.0 302"), HasSubstr(bobs.contact())));
    EXPECT_THAT(stranger.request("INVITE", "sip:alice@" + host(node)), Not(StartsWith("SIP/2.0 302")));

    const Json found = lookup(node, uri);
    EXPECT_EQ(found["status"], 302);
    EXPECT_EQ(found["verified_by"], host(other).substr(0, 56));
    EXPECT_EQ(found["contacts"][0]["uri"], edge);
    EXPECT_EQ(lookup(node, "sip:nobody@" + host(other))["status"], 480);

    EXPECT_THAT(bobs.register_for(0), StartsWith("SIP/2.0 200"));
    EXPECT_TRUE(eventually([&] { return lookup(node, uri)["status"] == 480; }, std::chrono::seconds(30)));
}

TEST_F(Daemon, a_user_may_have_calls_passed_on_and_explain_says_so_without_a_restart) {
    auto daemon = node.start();
    ASSERT_EQ(node.command({"user", "add", "bob", "--password-stdin"}, "can we fix it\n").code, 0);
    Phone bobs(address(13), address(2), "bob", "can we fix it"), alices = phone();
    ASSERT_THAT(bobs.register_for(600), StartsWith("SIP/2.0 200"));
    ASSERT_THAT(alices.register_for(600), StartsWith("SIP/2.0 200"));
    const std::string uri = "sip:bob@" + address(2);
    EXPECT_THAT(alices.request("INVITE", uri), StartsWith("SIP/2.0 302"));
    EXPECT_THAT(node.command({"explain", uri, "--from", "alice"}).out, HasSubstr("It gets a 302"));

    EXPECT_EQ(node.command({"user", "delivery", "Alice", "proxy"}).out, "alice: proxy\n");
    EXPECT_EQ(node.command({"user", "list"}).out, "alice  listed  delivery proxy\nbob  listed\n");
    EXPECT_THAT(node.command({"explain", uri, "--from", "alice"}).out, HasSubstr("goes through this node"));
    // Bob's phone answers nothing, so the proxy is asked for what it refuses itself (RFC 5393).
    EXPECT_THAT(alices.request("INVITE", uri, "Max-Breadth: 0\r\n"), StartsWith("SIP/2.0 440"));
    EXPECT_EQ(status_of(node)["sip"]["proxied"], 1);

    EXPECT_EQ(node.command({"user", "delivery", "alice", "default"}).out,
              "alice: as the node (sip.delivery)\n");
    EXPECT_THAT(alices.request("INVITE", uri), StartsWith("SIP/2.0 302"));
    EXPECT_THAT(node.command({"user", "delivery", "alice", "302"}).err, HasSubstr("auto, redirect, proxy"));
    EXPECT_THAT(node.command({"user", "delivery", "carol", "auto"}).err, HasSubstr("no user carol"));
}

TEST_F(Daemon, a_domain_is_found_in_the_DHT_only_when_its_key_is_pinned) {
    TestNode other(configuration(3, 2));
    ASSERT_EQ(other.command({"init"}).code, 0);
    ASSERT_EQ(other.command({"user", "add", "bob", "--password-stdin"}, "can we fix it\n").code, 0);
    auto callee = other.start();
    Phone bobs(address(13), address(3), "bob", "can we fix it");
    ASSERT_THAT(bobs.register_for(600), StartsWith("SIP/2.0 200"));
    auto caller = node.start();
    ASSERT_TRUE(eventually([&] { return published(other, "bob"); }));
    EXPECT_THAT(phone().request("INVITE", "sip:bob@example.test"),
                AllOf(StartsWith("SIP/2.0 480"), HasSubstr("no key known for example.test")));
    caller->signal(SIGTERM);
    EXPECT_EQ(caller->wait().code, 0);

    write_text(node.config(), read_text(node.config()) + "[pins]\n\"example.test\" = \"" +
                                  host(other).substr(0, 56) + "\"\n");
    caller = node.start();
    ASSERT_TRUE(eventually([&] { return status_of(node)["overlay"]["connectivity"] == "connected"; }));
    EXPECT_THAT(phone().request("INVITE", "sip:bob@example.test"),
                AllOf(StartsWith("SIP/2.0 302"), HasSubstr("sip:bob@" + address(3))));
}

TEST_F(Daemon, no_reachable_DNS_falls_back_and_alt_names_and_bare_addresses_are_refused) {
    write_text(
        node.config(),
        "[state]\ndir = \"" + node.state().string() + "\"\n" +
            configuration(2, 3, "[dns]\nservers = [\"" + address(99) + ":5353\"]\ndeadline_ms = 400\n"));
    auto daemon = node.start();
    const Json trace = lookup(node, "sip:bob@example.test");
    EXPECT_EQ(trace["status"], 480);
    const auto dns = std::find_if(trace["steps"].begin(), trace["steps"].end(),
                                  [](const Json& step) { return step["step"] == "dns"; });
    ASSERT_NE(dns, trace["steps"].end());
    EXPECT_EQ((*dns)["verdict"], "failed");
    EXPECT_THAT(phone().request("INVITE", "sip:bob@example.test"),
                AllOf(StartsWith("SIP/2.0 480"), HasSubstr("no key known")));
    EXPECT_THAT(phone().request("INVITE", "sip:bob@nonsense.hedge.alt"),
                StartsWith("SIP/2.0 404 Bad key name"));
    EXPECT_THAT(phone().request("INVITE", "sip:bob@192.0.2.1"), StartsWith("SIP/2.0 403"));
}

}  // namespace
}  // namespace node
