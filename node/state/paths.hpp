// node/state/paths.hpp - the names of the files in the state directory.
#pragma once

#include <filesystem>

namespace node {

struct StatePaths {
    explicit StatePaths(std::filesystem::path dir);
    /// Makes the directory (0700). Throws std::filesystem::filesystem_error.
    void make_dir() const;
    std::filesystem::path dir, database, identity, passphrase, address, revocation, control_socket, lock;
};

}  // namespace node
