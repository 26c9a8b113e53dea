// tests/node/page/metrics_test.cpp - what Prometheus reads, line by line.
#include "node/page/metrics.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "node/status/node_status.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

NodeStatus a_status() {
    NodeStatus status;
    status.about.version = "0.4\"\\\n.0";
    status.about.running_for_s = 60;
    status.users = {{"alice", 2}, {"bob", 1}};
    status.sip.received = 12345678901;
    status.sip.answers = {{"200", 7}, {"401", 3}};
    status.overlay.enabled = true;
    status.overlay.good_nodes_v4 = 5;
    return status;
}

TEST(Metrics, follow_the_text_format_and_the_conventions_for_names) {
    const auto text = metrics_text(Json(a_status()), Json(FrontCounters{}));
    const std::regex help("# HELP (hedgewitch_[a-z0-9_]+) [A-Z][^\\n]*\\."),
        type("# TYPE (\\S+) (counter|gauge)"),
        sample("(hedgewitch_[a-z0-9_]+)(\\{[a-z]+=\"[^\"\\\\]*\"\\})? [0-9]+");
    std::istringstream lines(text);
    std::set<std::string> names;
    std::string line, current;
    for (std::smatch found; std::getline(lines, line);) {
        if (line.starts_with("# HELP")) {
            ASSERT_TRUE(std::regex_match(line, found, help)) << line;
            current = found[1];
            EXPECT_TRUE(names.insert(current).second) << "each metric once: " << line;
        } else if (line.starts_with("# TYPE")) {
            ASSERT_TRUE(std::regex_match(line, found, type)) << line;
            EXPECT_EQ(found[1], current);
            EXPECT_EQ(found[2] == "counter", current.ends_with("_total")) << line;
        } else {
            ASSERT_TRUE(std::regex_match(line, found, sample)) << line;
            EXPECT_EQ(found[1], current);
        }
    }
    EXPECT_GT(names.size(), 45U);
}

TEST(Metrics, tell_the_figures_of_status) {
    const auto text = metrics_text(Json(a_status()), Json(FrontCounters{.requests = 9, .no_token = 4}));
    for (const auto* line :
         {"\nhedgewitch_uptime_seconds 60\n", "\nhedgewitch_users 2\n", "\nhedgewitch_phones_registered 3\n",
          "\nhedgewitch_sip_requests_total 12345678901\n",
          "\nhedgewitch_sip_answers_total{status=\"401\"} 3\n",
          "\nhedgewitch_dht_nodes_good{family=\"ipv4\"} 5\n", "hedgewitch_info{version=\"0.4.0\"} 1\n",
          "\nhedgewitch_page_requests_total 9\n", "\nhedgewitch_page_refused_total{why=\"no_token\"} 4\n"})
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(Metrics, are_all_that_the_dashboard_asks_for) {
    std::ifstream in(std::string(SOURCE_DIR) + "/node/packaging/grafana.json");
    const std::string dashboard((std::istreambuf_iterator<char>(in)), {});
    ASSERT_TRUE(Json::accept(dashboard));
    const auto text = metrics_text(Json(a_status()), Json(FrontCounters{}));
    const std::regex name("hedgewitch_[a-z0-9_]+");
    std::set<std::string> names;
    for (std::sregex_iterator at(dashboard.begin(), dashboard.end(), name), end; at != end; ++at)
        names.insert(at->str());
    EXPECT_GT(names.size(), 20U);
    for (const auto& each : names)
        EXPECT_THAT(text, HasSubstr("# TYPE " + each + " ")) << each;
}

TEST(Metrics, leave_out_what_there_is_not) {
    auto status = a_status();
    status.overlay = {};
    const auto text = metrics_text(Json(status), Json(FrontCounters{}));
    EXPECT_THAT(text, Not(HasSubstr("_dht_stored")));
    EXPECT_THAT(metrics_text(Json::object(), Json::object()), HasSubstr("hedgewitch_users 0\n"));
}

struct Answering final : NodeCommands {
    tl::expected<Json, std::string> ask(const Json&) override { return Json(a_status()); }
};

TEST(Metrics, are_for_this_machine_alone_unless_it_is_said_otherwise) {
    Answering node;
    const FrontCounters none;
    const auto status = [&](PageMetrics whom, const char* peer) {
        PageRequest request;
        request.method = "GET";
        request.peer = asio::ip::make_address(peer);
        return MetricsPages(node, none, whom).answer(request, {}).status;
    };
    EXPECT_EQ(status(PageMetrics::loopback, "127.0.0.1"), 200);
    EXPECT_EQ(status(PageMetrics::loopback, "::1"), 200);
    EXPECT_EQ(status(PageMetrics::loopback, "192.168.1.30"), 404);
    EXPECT_EQ(status(PageMetrics::lan, "192.168.1.30"), 200);
    EXPECT_EQ(status(PageMetrics::off, "127.0.0.1"), 404);
}

}  // namespace
}  // namespace node
