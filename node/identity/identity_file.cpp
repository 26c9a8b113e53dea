// node/identity/identity_file.cpp - finds the passphrase, writes and reads the sealed identity.
#include "node/identity/identity_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "crypto/name.hpp"
#include "node/identity/memory_at_hand.hpp"
#include "node/state/lock_file.hpp"

namespace node {
namespace {

namespace fs = std::filesystem;

constexpr mode_t readable = S_IRWXG | S_IRWXO, writable = S_IWGRP | S_IWOTH;

/// The first line, without its end. A passphrase file is a line that an editor may have ended.
std::string first_line(const fs::path& file) {
    std::ifstream in(file);
    if (!in) throw IdentityError(file.string() + ": cannot be read: " + std::strerror(errno));
    std::string line;
    std::getline(in, line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) throw IdentityError(file.string() + ": is empty");
    return line;
}

/// Whoever else can read these files has the identity, and whoever can write into the folder can replace
/// them.
void must_be_private(const fs::path& path, mode_t not_for_others, const char* command) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0 || (info.st_mode & not_for_others) == 0) return;
    throw IdentityError(path.string() + ": other users of this machine may " +
                        (not_for_others == readable ? "read or change it" : "put files into it") +
                        ", and so take this node's identity: `chmod " + command + " " + path.string() + "`");
}

/// The kernel ends who takes more memory than there is, without a word.
void refuse_what_would_be_killed(const StatePaths& paths) {
    const auto cost = crypto::keystore_cost(paths.identity);
    const auto at_hand = memory_at_hand();
    if (!cost || !at_hand || std::uint64_t{cost->memory_kib} * 1024 <= *at_hand) return;
    throw IdentityError(
        paths.identity.string() + ": to open it takes " + std::to_string(cost->memory_kib / 1024) +
        " MiB of memory, and " + std::to_string(*at_hand / 1024 / 1024) +
        " MiB are to be had here. Give it more, or seal the key anew on this machine: `hedgewitch "
        "backup` where it opens, `hedgewitch restore --replace` here");
}

fs::path credential_file() {
    const char* dir = std::getenv("CREDENTIALS_DIRECTORY");  // systemd.exec(5), LoadCredential=
    if (dir == nullptr || *dir == '\0') return {};
    const fs::path file = fs::path(dir) / "hedgewitch-passphrase";
    return fs::exists(file) ? file : fs::path{};
}

std::vector<std::uint8_t> line_of(const std::string& text) {
    std::vector<std::uint8_t> bytes(text.begin(), text.end());
    bytes.push_back('\n');
    return bytes;
}

std::string random_passphrase() {
    crypto::Seed bytes;
    crypto::random_bytes({bytes.data(), bytes.size()});
    return crypto::encode_seed(bytes);  // 256 bits in characters that any editor leaves alone
}

std::string ask_twice() {
    const auto first = read_secret_line("New passphrase for the identity: ");
    if (!first || first->size() < 8) throw IdentityError("a passphrase of at least 8 characters is needed");
    if (read_secret_line("The same again: ") != first) throw IdentityError("the two passphrases differ");
    return *first;
}

/// Standard input, without echo while this lives if it is a terminal.
class Unechoed {
public:
    explicit Unechoed(const std::string& prompt)
        : terminal_(isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before_) == 0) {
        if (!terminal_) return;
        std::cerr << prompt << std::flush;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    ~Unechoed() {
        if (!terminal_) return;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        std::cerr << "\n";
    }
    Unechoed(const Unechoed&) = delete;  // the terminal is one
    Unechoed& operator=(const Unechoed&) = delete;

    [[nodiscard]] bool is_terminal() const noexcept { return terminal_; }

private:
    termios before_{};
    const bool terminal_;
};

std::optional<std::string> next_line() {
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

}  // namespace

std::optional<std::string> read_secret_line(const std::string& prompt) {
    const Unechoed input(prompt);
    return next_line();
}

std::optional<std::string> read_secret_text(const std::string& prompt) {
    constexpr int paste_ms = 200;  // between two lines of one paste
    constexpr std::size_t enough = std::size_t{64} * 1024;
    const Unechoed input(prompt);
    auto text = next_line();
    const auto more = [&] {
        pollfd ready{STDIN_FILENO, POLLIN, 0};
        return !input.is_terminal() || ::poll(&ready, 1, paste_ms) > 0;
    };
    while (text && text->size() < enough && more()) {
        const auto line = next_line();
        if (!line) break;
        *text += "\n" + *line;
    }
    return text;
}

bool identity_exists(const StatePaths& paths) {
    paths.must_be_readable();
    return fs::exists(paths.identity);
}

std::string find_passphrase(const StatePaths& paths, const PassphraseSource& source) {
    if (!source.file.empty()) return first_line(source.file);
    if (!source.ask) {
        if (const auto file = credential_file(); !file.empty()) return first_line(file);
        if (fs::exists(paths.passphrase)) {
            must_be_private(paths.passphrase, readable, "600");
            return first_line(paths.passphrase);
        }
    }
    if (isatty(STDIN_FILENO) != 0 || source.ask) {
        if (auto line = read_secret_line("Passphrase of the identity: ")) return *line;
    }
    throw IdentityError(
        paths.identity.string() +
        " is sealed with a passphrase that is not here: give --passphrase-file FILE, or the " +
        "systemd credential hedgewitch-passphrase, or start on a terminal");
}

crypto::KeystoreCost cost_within(std::uint64_t bytes_at_hand) {
    // A quarter: the node itself, the other things on this machine and the next start want some, too.
    constexpr std::uint32_t least_kib = 8 * 1024;
    crypto::KeystoreCost cost;
    const std::uint32_t usual_kib = cost.memory_kib, usual_passes = cost.passes;
    while (cost.memory_kib > least_kib && std::uint64_t{cost.memory_kib} * 1024 > bytes_at_hand / 4)
        cost.memory_kib /= 2;
    cost.passes = std::min(usual_passes * (usual_kib / cost.memory_kib), crypto::max_keystore_passes);
    return cost;
}

crypto::FileSet identity_files(const StatePaths& paths, const crypto::Seed& seed,
                               const PassphraseSource& source, const crypto::KeystoreCost& cost) {
    std::string passphrase;
    crypto::FileSet files;
    const std::string beside = paths.passphrase.filename().string();
    files[beside] = std::nullopt;  // of an identity that was replaced
    if (source.ask) {
        passphrase = ask_twice();
    } else if (!source.file.empty()) {
        passphrase = first_line(source.file);
    } else if (const auto file = credential_file(); !file.empty()) {
        passphrase = first_line(file);
    } else {
        passphrase = random_passphrase();
        files[beside] = line_of(passphrase);
    }
    const auto sealed = crypto::seal_keystore(seed, passphrase, cost);
    if (!sealed)
        throw IdentityError(paths.identity.string() + ": cannot be made: " + sealed.error().message());
    files[paths.identity.filename().string()] = *sealed;
    files[paths.address.filename().string()] = line_of(own_host(crypto::Identity::from_seed(seed)));
    return files;
}

void replace_as_one(const StatePaths& paths, const crypto::FileSet& files) {
    if (!crypto::replace_files(paths.dir, files))
        throw IdentityError(paths.dir.string() + ": cannot be written: " + std::strerror(errno));
}

void write_identity(const StatePaths& paths, const crypto::Seed& seed, const PassphraseSource& source,
                    const crypto::KeystoreCost& cost) {
    replace_as_one(paths, identity_files(paths, seed, source, cost));
}

void finish_what_was_begun(const StatePaths& paths) {
    if (!crypto::is_replacing(paths.dir)) return;
    const auto lock = LockFile::take(paths.lock);
    if (!lock) return;
    if (!crypto::finish_replacing(paths.dir))
        throw IdentityError(paths.dir.string() +
                            ": what was begun there cannot be finished: " + std::strerror(errno));
}

crypto::Identity read_identity(const StatePaths& paths, const PassphraseSource& source) {
    if (!identity_exists(paths)) {
        throw IdentityError("there is no identity in " + paths.dir.string() +
                            " yet: run `hedgewitch init` first");
    }
    must_be_private(paths.dir, writable, "go-w");
    must_be_private(paths.identity, readable, "600");
    refuse_what_would_be_killed(paths);
    const auto seed = crypto::load_keystore(paths.identity, find_passphrase(paths, source));
    if (!seed) throw IdentityError(paths.identity.string() + ": " + seed.error().message());
    return crypto::Identity::from_seed(*seed);
}

std::string read_address(const StatePaths& paths) {
    if (!identity_exists(paths)) {
        throw IdentityError("there is no identity in " + paths.dir.string() +
                            " yet: run `hedgewitch init` first");
    }
    return first_line(paths.address);
}

crypto::PublicKey own_key(const StatePaths& paths) {
    const std::string host = read_address(paths);
    const auto key = crypto::decode_name(std::string_view(host).substr(0, crypto::name_length));
    if (!key) throw IdentityError(paths.address.string() + ": is damaged: " + key.error().message());
    return *key;
}

std::string own_host(const crypto::Identity& identity) {
    return crypto::encode_name(identity.public_key()) + ".hedge.alt";
}

}  // namespace node
