// tests/node/state/paths_test.cpp - the state directory belongs to its owner.
#include "node/state/paths.hpp"

#include <sys/stat.h>

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

}  // namespace
}  // namespace node
