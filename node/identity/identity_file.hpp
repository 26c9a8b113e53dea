// node/identity/identity_file.hpp - the node's identity in the state directory, and where its passphrase
// comes from. What this protects: identity.key alone (in a backup, on a stolen copy) is useless without the
// passphrase. By default the passphrase lies beside it in identity.pass, so that the node starts unattended:
// whoever can read the whole state directory has the identity. `init --ask-passphrase` or a systemd
// credential keeps the two apart.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "crypto/file_set.hpp"
#include "crypto/identity.hpp"
#include "crypto/keystore.hpp"
#include "node/state/paths.hpp"

namespace node {

/// Start-up and commands only; names the file.
class IdentityError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct PassphraseSource {
    std::filesystem::path file;  // --passphrase-file; empty: look elsewhere
    bool ask = false;            // typed on the terminal
};

bool identity_exists(const StatePaths& paths);

/// In this order: `source.file`, asking when told to, $CREDENTIALS_DIRECTORY/hedgewitch-passphrase,
/// identity.pass, and the terminal when there is one. Throws IdentityError.
std::string find_passphrase(const StatePaths& paths, const PassphraseSource& source);

/// What opening the key may cost on a machine with that much memory to spare: RFC 9106 §4's second option, or
/// less memory and more passes. It is stored in the file.
crypto::KeystoreCost cost_within(std::uint64_t bytes_at_hand);

/// identity.key, address, and identity.pass with a random passphrase when no source gives one; else that
/// goes.
crypto::FileSet identity_files(const StatePaths& paths, const crypto::Seed& seed,
                               const PassphraseSource& source, const crypto::KeystoreCost& cost);
/// Writes these as one. Throws IdentityError; then all is as it was.
void replace_as_one(const StatePaths& paths, const crypto::FileSet& files);
void write_identity(const StatePaths& paths, const crypto::Seed& seed, const PassphraseSource& source,
                    const crypto::KeystoreCost& cost);

/// What a process that was killed has left half done is finished or undone, unless another one is at it.
void finish_what_was_begun(const StatePaths& paths);

/// Throws IdentityError: missing, too costly for the memory at hand, damaged, wrong passphrase, open to other
/// users, each told apart. (A passphrase file that was named, and a credential, have the mode that their
/// maker wants: containers mount secrets 0444.) Blocks for Argon2id.
crypto::Identity read_identity(const StatePaths& paths, const PassphraseSource& source);

/// The public half, which needs no passphrase: "<56 chars>.hedge.alt". Throws IdentityError when there is no
/// identity.
std::string read_address(const StatePaths& paths);

/// The key in it. Throws as read_address(), and when that file is damaged.
crypto::PublicKey own_key(const StatePaths& paths);

/// "<56 chars>.hedge.alt"
std::string own_host(const crypto::Identity& identity);

/// One line, without echo on a terminal. Empty optional: end of input.
std::optional<std::string> read_secret_line(const std::string& prompt);
/// The same of all lines that come: to the end of input, or on a terminal what was pasted at once.
std::optional<std::string> read_secret_text(const std::string& prompt);

}  // namespace node
