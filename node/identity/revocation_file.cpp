// node/identity/revocation_file.cpp - makes, reads and writes the file of tombstones.
#include "node/identity/revocation_file.hpp"

#include <cerrno>
#include <cstring>

#include "crypto/file.hpp"
#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/state/paths.hpp"

namespace node {

overlay::TombstoneFile make_revocation(const crypto::Identity& identity, std::chrono::sys_seconds now) {
    const auto from = std::max(now, build_time()).time_since_epoch().count();
    auto tombstones = overlay::make_tombstones(
        identity, overlay::epoch_of(static_cast<overlay::UnixSeconds>(from)), overlay::usual_tombstones,
        [](std::span<std::uint8_t> out) { crypto::random_bytes(out); });
    if (!tombstones) throw IdentityError("the key cannot be revoked: " + tombstones.error().message());
    return {identity.public_key(), std::move(*tombstones)};
}

overlay::TombstoneFile read_revocation(const std::filesystem::path& file) {
    const auto bytes = crypto::read_file(file, overlay::max_tombstone_file + 1);
    if (!bytes) throw IdentityError(file.string() + ": cannot be read: " + std::strerror(errno));
    auto revocation = overlay::decode_tombstones(*bytes);
    if (!revocation)
        throw IdentityError(file.string() + ": is no revocation of a key: " + revocation.error().message());
    return std::move(*revocation);
}

void write_revocation(const std::filesystem::path& file, const overlay::TombstoneFile& revocation) {
    if (!crypto::replace_file(file, overlay::encode_tombstones(revocation)))
        throw IdentityError(file.string() + ": cannot be written: " + std::strerror(errno));
}

crypto::FileSet revocation_files(const StatePaths& paths, const crypto::Identity& identity,
                                 std::chrono::sys_seconds now) {
    crypto::FileSet files;
    const auto bytes = crypto::read_file(paths.revocation, overlay::max_tombstone_file + 1);
    const auto former = bytes ? overlay::decode_tombstones(*bytes) : overlay::fail(overlay::Errc::too_large);
    if (former && former->owner != identity.public_key())
        files["revocation-" + crypto::encode_name(former->owner).substr(0, 8) + ".hwt"] = *bytes;
    files[paths.revocation.filename().string()] = overlay::encode_tombstones(make_revocation(identity, now));
    return files;
}

void ensure_revocation(const StatePaths& paths, const crypto::Identity& identity,
                       std::chrono::sys_seconds now) {
    const auto bytes = crypto::read_file(paths.revocation, overlay::max_tombstone_file + 1);
    const auto kept = bytes ? overlay::decode_tombstones(*bytes) : overlay::fail(overlay::Errc::too_large);
    if (kept && kept->owner == identity.public_key()) return;
    replace_as_one(paths, revocation_files(paths, identity, now));
}

}  // namespace node
