// tests/node/identity/memory_at_hand_test.cpp - a machine of files.
#include "node/identity/memory_at_hand.hpp"

#include <gtest/gtest.h>

#include "node/identity/identity_file.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

constexpr std::uint64_t mib = 1024 * 1024;

class Machine : public testing::Test {
protected:
    void file(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((scratch.dir / name).parent_path());
        write_text(scratch.dir / name, text);
    }
    [[nodiscard]] std::uint64_t left() const { return memory_at_hand(scratch.dir).value_or(0) / mib; }
    Scratch scratch;
};

TEST_F(Machine, it_has_what_is_available_and_its_swap) {
    file("proc/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 512000 kB\nSwapFree: 102400 kB\n");
    EXPECT_EQ(left(), 600U);
}

TEST_F(Machine, a_control_group_around_ours_counts_with_its_swap_and_without_its_cache) {
    file("proc/meminfo", "MemAvailable: 8000000 kB\nSwapFree: 8000000 kB\n");
    file("proc/self/cgroup", "0::/system.slice/hedgewitch.service\n");
    const std::string slice = "sys/fs/cgroup/system.slice/", service = slice + "hedgewitch.service/";
    file(service + "memory.max", "max\n");
    file(slice + "memory.max", std::to_string(64 * mib));
    file(slice + "memory.current", std::to_string(30 * mib));
    file(slice + "memory.stat", "anon 1\ninactive_file " + std::to_string(10 * mib) + "\n");
    file(slice + "memory.swap.max", "0\n");
    EXPECT_EQ(left(), 44U);
    file(slice + "memory.swap.max", std::to_string(16 * mib));
    EXPECT_EQ(left(), 60U);
}

TEST_F(Machine, groups_of_the_first_version_count_too) {
    file("proc/meminfo", "MemAvailable: 8000000 kB\n");
    file("proc/self/cgroup", "7:cpu,cpuacct:/x\n4:memory:/docker/1\n");
    file("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", std::to_string(64 * mib));
    file("sys/fs/cgroup/memory/docker/1/memory.usage_in_bytes", std::to_string(4 * mib));
    EXPECT_EQ(left(), 60U);
}

TEST_F(Machine, one_of_which_nothing_is_known_has_no_limit) {
    EXPECT_FALSE(memory_at_hand(scratch.dir).has_value());
}

TEST(KeystoreCost, less_memory_is_made_up_for_by_passes_within_the_bounds_of_the_file) {
    const auto usual = cost_within(1024 * mib), small = cost_within(64 * mib), tiny = cost_within(1 * mib);
    EXPECT_EQ(usual.memory_kib, 64U * 1024);
    EXPECT_EQ(usual.passes, 3U);
    EXPECT_EQ(small.memory_kib, 16U * 1024);
    EXPECT_EQ(small.passes, 8U);
    EXPECT_EQ(tiny.memory_kib, 8U * 1024) << "never less";
    EXPECT_EQ(cost_within(128 * mib).passes, 6U);
}

}  // namespace
}  // namespace node
