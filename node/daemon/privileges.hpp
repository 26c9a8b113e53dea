// node/daemon/privileges.hpp - root is given up before anything in the state folder is opened, and the last
// two capabilities once all is bound and read. Both before there are threads: each has capabilities of its
// own.
#pragma once

#include <filesystem>

namespace node {

/// Started as root, the process becomes the owner of the state folder, or, if that is root, the user
/// "hedgewitch" where there is one, who is given the folder. Until drop_capabilities() it can bind ports
/// below 1024 and read files (a TLS key, a passphrase) that root alone may. Another user than root stays who
/// it is. Throws std::runtime_error that names the folder.
void leave_root(const std::filesystem::path& state);

/// Whoever it is, from here on it can do what its user can, and nothing more; nor can what it starts.
void drop_capabilities();

}  // namespace node
