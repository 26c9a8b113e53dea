// node/identity/memory_at_hand.hpp - how much memory this process may take before the kernel ends it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace node {

/// Bytes: of the machine (MemAvailable and free swap), of every control group around this process, v1 or v2,
/// and of its address space (RLIMIT_AS), whichever is least. Nothing: not to be known. `root`: for tests.
std::optional<std::uint64_t> memory_at_hand(const std::filesystem::path& root = "/");

}  // namespace node
