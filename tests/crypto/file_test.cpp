// tests/crypto/file_test.cpp - what is written in the place of what.
#include "crypto/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace crypto {
namespace {

namespace fs = std::filesystem;

class File : public testing::Test {
protected:
    File() {
        std::string name = testing::TempDir() + "file-XXXXXX";
        dir = ::mkdtemp(name.data());
    }
    ~File() override { fs::remove_all(dir); }
    fs::path dir;
};

TEST_F(File, a_file_is_replaced_and_read) {
    ASSERT_TRUE(replace_file(dir / "a", bytes_of("one")));
    ASSERT_TRUE(replace_file(dir / "a", bytes_of("two")));
    const auto read = read_file(dir / "a", 100).value();
    EXPECT_EQ(std::string(read.begin(), read.end()), "two");
}

TEST_F(File, nothing_takes_the_place_of_what_is_no_file) {
    ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
    fs::create_symlink("pipe", dir / "link");  // as /dev/stdout is one
    fs::create_directory(dir / "folder");
    for (const auto* name : {"pipe", "link"}) {
        EXPECT_FALSE(replace_file(dir / name, bytes_of("secret")));
        EXPECT_EQ(errno, ENOTSUP) << name;
        EXPECT_TRUE(fs::is_fifo(dir / name)) << name;
    }
    EXPECT_TRUE(fs::is_symlink(dir / "link"));
    EXPECT_FALSE(replace_file(dir / "folder", bytes_of("secret")));
    EXPECT_EQ(errno, EISDIR);
    EXPECT_EQ(std::distance(fs::directory_iterator(dir), {}), 3) << "nothing is left beside them";
}

}  // namespace
}  // namespace crypto
