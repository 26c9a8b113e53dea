// crypto/file.cpp - POSIX file handling of the keystore; C++ streams know neither fsync nor modes.
#include "crypto/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace crypto {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;  // one close for each open
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        const int kept = errno;  // errno is part of our answer
        if (fd_ >= 0) ::close(fd_);
        errno = kept;
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }

private:
    int fd_;
};

bool write_all(int fd, ByteView content) {
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        content = content.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

bool sync_folder(const std::filesystem::path& path) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // EINVAL: a file system that cannot sync folders; the rename is as durable as it gets there.
    return fd.valid() && (::fsync(fd.get()) == 0 || errno == EINVAL);
}

Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path, std::size_t limit) {
    // O_NONBLOCK: a FIFO in the file's place must not hang the start.
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid()) return fail(Errc::file_error);
    std::vector<std::uint8_t> content(limit);
    std::size_t filled = 0;
    while (filled < limit) {
        const auto got = ::read(fd.get(), content.data() + filled, limit - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Errc::file_error);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    content.resize(filled);
    return content;
}

Result<void> replace_file(const std::filesystem::path& path, ByteView content) {
    struct stat there {};
    if (::stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
        errno = S_ISDIR(there.st_mode) ? EISDIR : ENOTSUP;
        return fail(Errc::file_error);
    }
    std::string temporary = path.string() + ".new-XXXXXX";
    const Descriptor fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd.valid()) return fail(Errc::file_error);
    if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) == 0 && write_all(fd.get(), content) &&
        ::fsync(fd.get()) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0) {
        if (!sync_folder(path)) return fail(Errc::file_error);
        return {};
    }
    const int kept = errno;
    ::unlink(temporary.c_str());
    errno = kept;
    return fail(Errc::file_error);
}

}  // namespace crypto
