// crypto/file_set.hpp - replaces several small files of one folder as one: after a crash, or kill -9, all of
// them are the old ones or all the new.
//   NAME.next   what NAME becomes, written and synced first
//   replacing   the list of them: once it is there, all is decided, and is finished whenever somebody looks
// One process at a time: whoever calls holds a lock of his own.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crypto/error.hpp"

namespace crypto {

/// What each file becomes; nothing: it goes.
using FileSet = std::map<std::string, std::optional<std::vector<std::uint8_t>>>;

/// Mode 0600 each. On failure all are as they were. Error: file_error, errno says why.
[[nodiscard]] Result<void> replace_files(const std::filesystem::path& folder, const FileSet& files);

/// Something was begun in `folder` and neither finished nor undone; also while another process is at it.
bool is_replacing(const std::filesystem::path& folder);

/// Finishes what was decided, undoes what was not.
[[nodiscard]] Result<void> finish_replacing(const std::filesystem::path& folder);

}  // namespace crypto
