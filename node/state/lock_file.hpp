// node/state/lock_file.hpp - one daemon a state directory: a lock that dies with its process.
#pragma once

#include <filesystem>
#include <optional>

namespace node {

/// Held until destroyed. The kernel lets go of it also after kill -9.
class LockFile {
public:
    /// Empty: another process holds it. Throws std::system_error when the file cannot be opened.
    static std::optional<LockFile> take(const std::filesystem::path& file);
    LockFile(LockFile&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
    LockFile& operator=(LockFile&&) = delete;
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;
    ~LockFile();

private:
    explicit LockFile(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace node
