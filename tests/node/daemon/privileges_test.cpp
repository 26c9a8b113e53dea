// tests/node/daemon/privileges_test.cpp - the real binary, started as root.
#include "node/daemon/privileges.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <regex>

#include "node/state/ownership.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::HasSubstr;

constexpr uid_t other = 54321;  // has no name here

std::string address() {
    const auto pid = static_cast<unsigned>(getpid());
    return "127." + std::to_string(64 + (pid >> 8) % 64) + "." + std::to_string(pid % 256) + ".77";
}

class StartedAsRoot : public testing::Test {
protected:
    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "only root can";
        ASSERT_EQ(node.command({"init"}).code, 0);
    }
    void give_the_folder_away() const {
        std::filesystem::permissions(node.state().parent_path(), std::filesystem::perms(0711));
        ASSERT_EQ(chown(node.state().c_str(), other, other), 0);
    }
    static std::string field(const Process& process, const std::string& name) {
        std::smatch found;
        const std::string text = read_text("/proc/" + std::to_string(process.pid()) + "/status");
        std::regex_search(text, found, std::regex("\n" + name + ":[ \\t]*([^\\n]*[^\\n \\t]|)"));
        return found[1];
    }
    static std::string owners(const std::filesystem::path& folder) {
        std::string odd;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            struct stat info {};
            if (lstat(entry.path().c_str(), &info) == 0 && info.st_uid != other)
                odd += entry.path().filename().string() + " ";
        }
        return odd;
    }

    // A port of root's, in 127/8 and of this process.
    TestNode node{"[sip]\nlisten = [\"udp:" + address() + ":506\", \"tcp:" + address() +
                  ":507\"]\n[dht]\nenabled = false\n[dns]\nenabled = false\n"};
};

TEST_F(StartedAsRoot, it_becomes_the_owner_of_the_state_folder_once_ports_below_1024_are_bound) {
    give_the_folder_away();
    auto daemon = node.start();
    EXPECT_EQ(field(*daemon, "Uid"), "54321\t54321\t54321\t54321");
    EXPECT_EQ(field(*daemon, "Gid"), "54321\t54321\t54321\t54321");
    EXPECT_EQ(field(*daemon, "Groups"), "");
    EXPECT_EQ(field(*daemon, "CapPrm"), "0000000000000000");
    EXPECT_EQ(field(*daemon, "NoNewPrivs"), "1");
    EXPECT_EQ(owners(node.state()), "") << "what `init` has made as root is handed over";
    EXPECT_EQ(node.command({"user", "add", "alice", "--password-stdin"}, "down the rabbit hole\n").code, 0);
    EXPECT_THAT(node.command({"status", "--json"}).out, HasSubstr("alice"));
    EXPECT_EQ(owners(node.state()), "") << "and what commands make as root beside the node";
    daemon->signal(SIGTERM);
    EXPECT_EQ(daemon->wait().code, 0);
    daemon = node.start();
    EXPECT_EQ(field(*daemon, "Uid"), "54321\t54321\t54321\t54321");
}

TEST_F(StartedAsRoot, each_of_its_threads_is_without_capabilities_also_where_root_owns_all) {
    if (account_named("hedgewitch"))
        GTEST_SKIP() << "there is a user hedgewitch here, whom the folder would be given to";
    auto daemon = node.start();
    int threads = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(daemon->pid()) + "/task")) {
        ++threads;
        EXPECT_THAT(read_text(entry.path() / "status"), HasSubstr("CapEff:\t0000000000000000"));
        EXPECT_THAT(read_text(entry.path() / "status"), HasSubstr("CapPrm:\t0000000000000000"));
    }
    EXPECT_GE(threads, 3);
}

TEST_F(StartedAsRoot, what_the_owner_of_the_folder_links_there_is_never_given_to_him) {
    give_the_folder_away();
    const auto outside = node.state().parent_path() / "roots";
    write_text(outside, "root's\n");
    std::filesystem::create_symlink(outside, node.state() / "soft");
    std::filesystem::create_hard_link(outside, node.state() / "hard");
    EXPECT_EQ(node.command({"address"}).code, 0);
    struct stat info {};
    ASSERT_EQ(stat(outside.c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, 0U);
    ASSERT_EQ(stat((node.state() / "identity.key").c_str(), &info), 0);
    EXPECT_EQ(info.st_uid, other);
}

TEST_F(StartedAsRoot, an_owner_who_cannot_enter_his_folder_is_told_so_before_anything_is_opened) {
    give_the_folder_away();
    std::filesystem::permissions(node.state().parent_path(), std::filesystem::perms(0700));
    const auto run = node.command({"run"});
    EXPECT_EQ(run.code, 1);
    EXPECT_THAT(run.err, HasSubstr(node.state().string()));
    EXPECT_THAT(run.err, HasSubstr("chmod o+x"));
}

}  // namespace
}  // namespace node
