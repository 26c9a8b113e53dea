// crypto/file.hpp - reads a small file, and replaces one so that a crash leaves the old or the new, whole.
#pragma once

#include <filesystem>
#include <vector>

#include "crypto/bytes.hpp"
#include "crypto/error.hpp"

namespace crypto {

/// At most `limit` bytes from the start. Error: file_error, errno says why.
[[nodiscard]] Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path,
                                                          std::size_t limit);

/// Writes a new file of mode 0600 beside `path`, syncs it, renames it over `path`, and syncs the folder.
/// On failure `path` is as it was and nothing is left beside it; so it is when it is no file: renamed over a
/// device, /dev/null would be gone for the whole machine. Error: file_error, errno says why.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& path, ByteView content);

/// What was renamed or removed in the folder of `path` is so after a loss of power, too. False: errno says
/// why.
bool sync_folder(const std::filesystem::path& path);

}  // namespace crypto
