// tests/crypto/file_set_test.cpp - killed at any system call that changes the folder, all is old or all is
// new.
#include "crypto/file_set.hpp"

#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "crypto/bytes.hpp"

namespace crypto {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
protected:
    Folder() {
        std::string name = (fs::temp_directory_path() / "hedgewitch-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        dir = name;
    }
    ~Folder() override { fs::remove_all(dir); }

    static std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(dir / name, std::ios::trunc) << text;
    }
    /// "key=1 pass=1 ": every file of the folder with what is in it.
    [[nodiscard]] std::string content() const {
        std::map<std::string, std::string> found;
        for (const auto& entry : fs::directory_iterator(dir)) {
            std::ostringstream text;
            text << std::ifstream(entry.path()).rdbuf();
            found[entry.path().filename().string()] = text.str();
        }
        std::string all;
        for (const auto& [name, text] : found)
            all += name + "=" + text + " ";
        return all;
    }
    void begin_anew() const {
        for (const auto& entry : fs::directory_iterator(dir))
            fs::remove(entry.path());
        write("key", "old");
        write("pass", "old");
        write("gone", "old");
    }

    const FileSet change{
        {"key", bytes("new")}, {"pass", bytes("new")}, {"extra", bytes("new")}, {"gone", {}}};
    const std::string old = "gone=old key=old pass=old ", fresh = "extra=new key=new pass=new ";
    fs::path dir;
};

TEST_F(Folder, files_are_written_added_and_removed_as_one) {
    begin_anew();
    ASSERT_TRUE(replace_files(dir, change));
    EXPECT_EQ(content(), fresh);
    EXPECT_FALSE(is_replacing(dir));
    EXPECT_EQ(fs::status(dir / "key").permissions(), fs::perms(0600));
}

TEST_F(Folder, killed_at_any_system_call_all_are_old_or_all_are_new) {
    bool to_its_end = false;
    int old_seen = 0, new_seen = 0;
    for (int calls = 1; !to_its_end; ++calls) {
        begin_anew();
        const pid_t child = fork();
        if (child == 0) {
            ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
            raise(SIGSTOP);
            _exit(replace_files(dir, change) ? 0 : 1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_EXITKILL);
        for (int n = 0; n < 2 * calls && !to_its_end; ++n) {  // at its beginning and its end each
            if (ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) GTEST_SKIP() << "no ptrace here";
            waitpid(child, &status, 0);
            to_its_end = WIFEXITED(status);
        }
        if (!to_its_end) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
        }
        ASSERT_TRUE(finish_replacing(dir));
        ASSERT_FALSE(is_replacing(dir));
        const std::string now = content();
        ASSERT_TRUE(now == old || now == fresh) << "after " << calls << " calls: " << now;
        ++(now == old ? old_seen : new_seen);
    }
    EXPECT_GT(old_seen, 5);
    EXPECT_GT(new_seen, 5);
}

TEST_F(Folder, where_nothing_can_be_written_all_stays_as_it_was) {
    begin_anew();
    EXPECT_FALSE(replace_files(dir, {{"key", bytes("new")}, {"no such folder/pass", bytes("new")}}));
    EXPECT_EQ(content(), old);
    EXPECT_FALSE(replace_files(dir / "nowhere", change));
}

}  // namespace
}  // namespace crypto
