// node/state/paths.cpp - one directory, which only its owner enters.
#include "node/state/paths.hpp"

namespace node {

StatePaths::StatePaths(std::filesystem::path directory)
    : dir(std::move(directory)),
      database(dir / "state.db"),
      identity(dir / "identity.key"),
      passphrase(dir / "identity.pass"),
      address(dir / "address"),
      revocation(dir / "revocation.hwt"),
      control_socket(dir / "control.sock"),
      lock(dir / "lock") {}

void StatePaths::make_dir() const {
    if (std::filesystem::create_directories(dir))
        std::filesystem::permissions(dir, std::filesystem::perms::owner_all);
}

}  // namespace node
