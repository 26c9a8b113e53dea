// node/state/paths.hpp - the names of the files in the state directory.
#pragma once

#include <filesystem>

namespace node {

struct StatePaths {
    explicit StatePaths(std::filesystem::path dir);
    /// Makes the directory (0700). This and the next two throw std::runtime_error that names the folder,
    /// whose it is, and what helps.
    void make_dir() const;
    /// Fine also when it is not there.
    void must_be_readable() const;
    void must_be_writable() const;
    std::filesystem::path dir, database, identity, passphrase, address, revocation, control_socket, lock;
};

}  // namespace node
