// tests/node/state/paths_test.cpp - the state directory belongs to its owner.
#include "node/state/paths.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "node/cli/control_client.hpp"
#include "node/identity/identity_file.hpp"
#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

mode_t mode_of(const std::filesystem::path& path) {
    struct stat info {};
    stat(path.c_str(), &info);
    return info.st_mode & 07777;
}

class Paths : public StateTest {};

TEST_F(Paths, nobody_else_may_read_the_folder_or_the_database) {
    const Database db = open();
    EXPECT_EQ(mode_of(paths.dir), 0700U);
    EXPECT_EQ(mode_of(paths.database), 0600U);
}

/// What somebody without any right hears, in a process of his own.
std::string heard_by_a_stranger(const std::function<void()>& what) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return "pipe";
    const pid_t child = fork();
    if (child == 0) {
        std::string text = "(nothing)";
        if (seteuid(54321) != 0) text = "seteuid";
        try {
            what();
        } catch (const std::exception& e) {
            text = e.what();
        }
        (void)!write(ends[1], text.data(), text.size());
        _exit(0);
    }
    close(ends[1]);
    std::string text(4096, 0);
    const auto n = read(ends[0], text.data(), text.size());
    close(ends[0]);
    waitpid(child, nullptr, 0);
    text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return text;
}

TEST_F(Paths, whoever_may_not_use_the_folder_is_told_whose_it_is_and_how_to_be_that_user) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can be another";
    using testing::AllOf;
    using testing::HasSubstr;
    std::filesystem::permissions(scratch.dir, std::filesystem::perms(0755));
    const auto told = AllOf(HasSubstr(paths.dir.string()), HasSubstr("belongs to root"),
                            HasSubstr("uid 54321"), HasSubstr("`sudo -u root hedgewitch ...`"));
    EXPECT_THAT(heard_by_a_stranger([&] { (void)identity_exists(paths); }), told);
    EXPECT_THAT(heard_by_a_stranger([&] { paths.must_be_writable(); }), told);
    EXPECT_THAT(heard_by_a_stranger([&] { ask_node(paths.control_socket, {{"command", "status"}}); }), told);
    EXPECT_THAT(heard_by_a_stranger([&] { StatePaths(paths.dir / "below").make_dir(); }),
                AllOf(HasSubstr("cannot be made"), HasSubstr("state.dir")));
    std::filesystem::permissions(paths.dir, std::filesystem::perms(0755));
    EXPECT_EQ(heard_by_a_stranger([&] { paths.must_be_readable(); }), "(nothing)");
    EXPECT_THAT(heard_by_a_stranger([&] { paths.must_be_writable(); }), told);
    const StatePaths sys("/proc/sys");
    EXPECT_THAT(heard_by_a_stranger([&] { sys.must_be_writable(); }), HasSubstr("/proc/sys"));
}

}  // namespace
}  // namespace node
