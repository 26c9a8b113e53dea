// tests/node/daemon/bad_nights_test.cpp - the running node while something else on its machine is wrong: a
// reader of the log who stalls, a dead DNS server, a file that another process holds.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <asio/ip/udp.hpp>
#include <nlohmann/json.hpp>

#include "node/state/database.hpp"
#include "tests/node/phone.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

std::string address(int last) {
    const auto pid = static_cast<unsigned>(getpid());
    return "127." + std::to_string(64 + (pid >> 8) % 64) + "." + std::to_string(pid % 256) + "." +
           std::to_string(last);
}

std::string configuration(const std::string& more) {
    return "[sip]\nlisten = [\"udp:" + address(2) + ":5060\"]\n[dns]\nenabled = false\n" + more;
}

constexpr const char* alone = "[dht]\nenabled = false\n";

class BadNight : public testing::Test {
protected:
    void begin(const std::string& more) {
        node = std::make_unique<TestNode>(configuration(more));
        ASSERT_EQ(node->command({"init"}).code, 0);
        ASSERT_EQ(node->command({"user", "add", "alice", "--password-stdin"}, "down the rabbit hole\n").code,
                  0);
    }
    /// Runs a line of sh, in which $NODE is the command of this node.
    std::unique_ptr<Process> shell(const std::string& line) const {
        const auto folder = node->state().parent_path() / "shell";
        std::filesystem::create_directory(folder);
        return std::make_unique<Process>(
            std::vector<std::string>{
                "/bin/sh", "-c", "NODE='" HEDGEWITCH " --config " + node->config().string() + "'\n" + line},
            folder);
    }
    bool runs() { return node->command({"status"}).code == 0; }
    Json machine() { return Json::parse(node->command({"status", "--json"}).out, nullptr, false)["machine"]; }
    static std::chrono::milliseconds time_of(const std::function<void()>& what) {
        const auto began = std::chrono::steady_clock::now();
        what();
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                     began);
    }

    std::unique_ptr<TestNode> node;
    Phone phone{address(12), address(2), "alice", "down the rabbit hole"};
};

TEST_F(BadNight, a_reader_of_the_log_who_stalls_stops_no_call_and_not_the_end) {
    begin(std::string(alone) + "[log]\nlevel = \"debug\"\n");
    const auto pipe = node->state().parent_path() / "log";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    const int ours = open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(ours, 0);
    fcntl(ours, F_SETPIPE_SZ, 4096);
    auto daemon = shell("exec $NODE run 2> " + pipe.string() + " > " + pipe.string());
    ASSERT_TRUE(eventually([&] { return runs(); }));
    const std::string filler(4096, 'x');
    while (write(ours, filler.data(), filler.size()) > 0) {
    }
    for (int i = 0; i < 5; ++i)
        EXPECT_THAT(phone.register_for(600), StartsWith("SIP/2.0 200"));
    EXPECT_THAT(phone.request("INVITE", "sip:nobody@" + address(2)), StartsWith("SIP/2.0 404"));
    EXPECT_TRUE(runs());
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait().code, 0);
    close(ours);
}

TEST_F(BadNight, a_dns_server_that_does_not_answer_does_not_delay_the_end) {
    begin("[dht]\nnetwork = 31337\nlisten = [\"" + address(2) +
          ":4222\"]\nbootstrap = [\"silent.example:4222\"]\n");
    asio::io_context loop;
    const asio::ip::udp::socket silent(loop, {asio::ip::make_address(address(9)), 53});
    const auto resolver = node->state().parent_path() / "resolv.conf";
    write_text(resolver, "nameserver " + address(9) + "\noptions timeout:10 attempts:3\n");
    auto daemon = shell("exec unshare -m sh -c \"mount --bind " + resolver.string() +
                        " /etc/resolv.conf && exec $NODE run\"");
    if (!eventually([&] { return runs(); }, 10s))
        GTEST_SKIP() << "no mount namespaces here: " << daemon->err();
    ASSERT_TRUE(eventually([&] { return silent.available() > 0; })) << "it is asked";
    daemon->signal(SIGTERM);
    const auto took = time_of([&] { EXPECT_EQ(daemon->wait().code, 0); });
    EXPECT_LT(took, 3s) << "2 s, and what a busy machine adds; the resolver waits for 30";
}

TEST_F(BadNight, whoever_holds_the_state_file_delays_no_phone_and_what_he_delayed_is_kept) {
    begin(alone);
    auto daemon = node->start();
    EXPECT_THAT(phone.register_for(600), StartsWith("SIP/2.0 200"));
    Phone second(address(13), address(2), "alice", "down the rabbit hole");
    {
        Database other(node->state() / "state.db", Durability::process_crash);
        const Transaction writing(other);
        const auto took = time_of([&] { EXPECT_THAT(second.register_for(600), StartsWith("SIP/2.0 200")); });
        EXPECT_LT(took, 2s) << "a writer was waited for 3 s";
        EXPECT_EQ(machine()["unwritten_users"], 1);
        EXPECT_THAT(machine()["state_fault"].get<std::string>(), HasSubstr("state.db"));
        EXPECT_THAT(node->command({"status"}).out, HasSubstr("forgotten when the node stops"));
    }
    EXPECT_TRUE(eventually([&] { return machine()["unwritten_users"] == 0; }));
    EXPECT_EQ(machine()["state_fault"], "");
    daemon->signal(SIGKILL);
    (void)daemon->wait();
    daemon = node->start();
    EXPECT_THAT(node->command({"status", "--json"}).out, HasSubstr("\"phones\": 2"));
}

TEST_F(BadNight, a_copy_of_the_state_is_made_while_it_runs) {
    begin(alone);
    auto daemon = node->start();
    EXPECT_TRUE(eventually([&] { return std::filesystem::exists(node->state() / "state.db.daily"); }));
    Database copy(node->state() / "state.db.daily", Durability::process_crash);
    EXPECT_TRUE(copy.prepare("SELECT 1 FROM user WHERE label = 'alice'").step());
}

TEST_F(BadNight, a_kernel_without_IPv6_is_passed_over_and_told) {
    node = std::make_unique<TestNode>(
        "[sip]\nlisten = [\"tls:[::]:5061\", \"udp:[::]:5060\", \"udp:" + address(2) +
        ":5060\", \"tcp:[::]:5060\"]\n[dns]\nenabled = false\n[dht]\nnetwork = 31337\n"
        "bootstrap = []\nlisten = [\"" +
        address(2) + ":4222\", \"[::]:4222\"]\n");
    ASSERT_EQ(node->command({"init"}).code, 0);
    auto daemon = shell("exec python3 " SOURCE_DIR "/tests/node/daemon/without_ipv6.py $NODE run");
    ASSERT_TRUE(eventually([&] { return runs(); })) << daemon->err();
    EXPECT_THAT(daemon->err(), HasSubstr("tls:[::]:5061 is passed over"));
    EXPECT_THAT(daemon->err(), HasSubstr("tcp:[::]:5060 is passed over"));
    const Json status = Json::parse(node->command({"status", "--json"}).out, nullptr, false);
    EXPECT_EQ(status["listening"], Json::array({"udp:" + address(2) + ":5060"}));
}

TEST_F(BadNight, where_nothing_can_be_listened_on_the_start_says_so) {
    node = std::make_unique<TestNode>("[sip]\nlisten = [\"udp:[::]:5060\"]\n[dns]\nenabled = false\n" +
                                      std::string(alone));
    ASSERT_EQ(node->command({"init"}).code, 0);
    const auto ended =
        shell("exec python3 " SOURCE_DIR "/tests/node/daemon/without_ipv6.py $NODE run")->wait();
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("cannot listen on UDP [::]:5060"));
}

}  // namespace
}  // namespace node
