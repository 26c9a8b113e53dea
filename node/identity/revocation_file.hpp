// node/identity/revocation_file.hpp - revocation.hwt: what ends this node's key for ever, signed in advance,
// so that a key that is lost or stolen can still be revoked. Whoever has the file can revoke the key, and
// nothing else; it belongs beside the backup, on another machine. Start-up and commands only: throws
// IdentityError, naming the file.
#pragma once

#include "node/identity/identity_file.hpp"
#include "node/state/paths.hpp"
#include "overlay/tombstone.hpp"

namespace node {

/// For the running epoch and the next 80: 20 years. `now` is not taken for earlier than this program: with a
/// clock that starts in 1970 they would all be of the past.
overlay::TombstoneFile make_revocation(const crypto::Identity& identity, std::chrono::sys_seconds now);

/// Checks every tombstone in it.
overlay::TombstoneFile read_revocation(const std::filesystem::path& file);

/// Mode 0600, whole or not at all.
void write_revocation(const std::filesystem::path& file, const overlay::TombstoneFile& revocation);

/// At init and restore: revocation.hwt, and that of an identity that goes under another name, as
/// revocation-<8 characters>.hwt: it may be wanted yet.
crypto::FileSet revocation_files(const StatePaths& paths, const crypto::Identity& identity,
                                 std::chrono::sys_seconds now);
/// Made if there is none of this identity: it may be older than such files, or come from a copy without them.
void ensure_revocation(const StatePaths& paths, const crypto::Identity& identity,
                       std::chrono::sys_seconds now);

}  // namespace node
