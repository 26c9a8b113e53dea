// node/state/lock_file.cpp - flock(2).
#include "node/state/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace node {

std::optional<LockFile> LockFile::take(const std::filesystem::path& file) {
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), file.string());
    LockFile held(descriptor);
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return held;
    if (errno == EWOULDBLOCK) return std::nullopt;
    throw std::system_error(errno, std::generic_category(), file.string());
}

LockFile::~LockFile() {
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace node
