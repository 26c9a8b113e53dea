// tests/node/status/node_status_test.cpp - what `status --json` is made of, and that it comes back whole.
#include "node/status/node_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/identities.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;

std::vector<std::string> keys(const Json& json) {
    std::vector<std::string> all;
    for (const auto& [key, value] : json.items())
        all.push_back(key);
    return all;
}

TEST(NodeStatus, has_its_parts_under_the_names_that_scripts_read) {
    NodeStatus status;
    status.dns = {"validating", {}};
    EXPECT_THAT(keys(status), ElementsAre("version", "address", "state", "running_for_s", "machine",
                                          "listening", "advertised", "ways_in", "users", "dns", "clock",
                                          "reach", "trust", "contacts", "inbound", "revoked", "caps", "sip",
                                          "media", "transport", "tls", "dht_network", "overlay"));
    EXPECT_THAT(keys(Json(status)["sip"]),
                ElementsAre("received", "unreadable", "responses_refused", "retransmissions", "registered",
                            "sent_302", "proxied", "proxy_branches", "proxy_failovers", "challenged",
                            "credentials_refused", "replays_refused", "relay_refused", "dialogs_refused",
                            "hung_up", "answers", "lookups_pending", "login_failures"));
}

TEST(NodeStatus, what_is_switched_off_is_left_out) {
    const Json json = NodeStatus{};
    EXPECT_FALSE(json.contains("dns"));
    EXPECT_EQ(json["overlay"].dump(), R"({"enabled":false})");
    EXPECT_EQ(json["users"].dump(), "[]") << "an empty list is a list";
}

TEST(NodeStatus, a_command_reads_what_the_node_wrote) {
    NodeStatus status;
    status.about.version = "0.4.0";
    status.users = {{"alice", 2}, {"bob", 0}};
    status.dns = {"unavailable", "No trust anchor."};
    status.trust = {3, {"example.org"}};
    status.inbound.waiting = 7;
    status.inbound.tickets.forged = 5;
    status.sip.answers = {{"200", 4}, {"302", 1}};
    status.media.streams.push_back({"alice -> bob", "audio", "door", "why", "how", 400, 399, 1});
    status.media.stun_servers = {"203.0.113.1:5060"};
    status.overlay.enabled = true;
    status.overlay.connectivity = "connected";
    status.overlay.published.push_back({"alice", "key", "contacts", false, 9, 600, 8, false, "late", {}, {}});
    const Json json = status;
    EXPECT_EQ(Json(json.get<NodeStatus>()), json);
    EXPECT_EQ(json["inbound"]["tickets_forged"], 5);
    EXPECT_EQ(json["sip"]["answers"]["302"], 1);
    EXPECT_EQ(json["overlay"]["published"][0]["problem"], "late");
    EXPECT_FALSE(json["overlay"]["published"][0].contains("certified_for_s"));
}

TEST(NodeStatus, the_overlays_times_are_seconds_left_and_its_refusals_have_names) {
    overlay::OverlayStatus overlay;
    overlay.connectivity = overlay::Connectivity::connecting;
    overlay::PublishedRecord record;
    record.owner = identity(1).public_key();
    record.label = "alice";
    record.expires = 1'800'000'600;
    record.certified_until = 1'800'086'400;
    overlay.published = {record};
    overlay.tombstones = {{{}, 4, 1'800'000'060, 2}};
    overlay.refused_as_caller[1] = 3;
    const auto status = dht_status(overlay, std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000)));
    EXPECT_EQ(status.connectivity, "connecting");
    EXPECT_EQ(status.published.at(0).expires_in_s, 600);
    EXPECT_EQ(status.published[0].certified_for_s, 86'400);
    EXPECT_EQ(status.tombstones.at(0).expires_in_s, 60);
    EXPECT_EQ(status.refused_as_caller.at(0).first, overlay::name(static_cast<overlay::Errc>(1)));
    EXPECT_EQ(status.refused_as_caller[0].second, 3U);
    EXPECT_EQ(status.refused_as_caller.size(), overlay.refused_as_caller.size() - 1);
}

}  // namespace
}  // namespace node
