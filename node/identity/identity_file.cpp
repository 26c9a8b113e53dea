// node/identity/identity_file.cpp - finds the passphrase, writes and reads the sealed identity.
#include "node/identity/identity_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "crypto/name.hpp"

namespace node {
namespace {

namespace fs = std::filesystem;

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

fs::path credential_file() {
    const char* dir = std::getenv("CREDENTIALS_DIRECTORY");  // systemd.exec(5), LoadCredential=
    if (dir == nullptr || *dir == '\0') return {};
    const fs::path file = fs::path(dir) / "hedgewitch-passphrase";
    return fs::exists(file) ? file : fs::path{};
}

void write_private(const fs::path& file, std::string_view text) {
    const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) throw IdentityError(file.string() + ": cannot be written: " + std::strerror(errno));
    const bool written = fchmod(descriptor, 0600) == 0 &&
                         write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         fsync(descriptor) == 0;
    const int reason = errno;
    close(descriptor);
    if (!written) throw IdentityError(file.string() + ": cannot be written: " + std::strerror(reason));
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
    constexpr std::size_t enough = 64 * 1024;
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
    return fs::exists(paths.identity);
}

std::string find_passphrase(const StatePaths& paths, const PassphraseSource& source) {
    if (!source.file.empty()) return first_line(source.file);
    if (!source.ask) {
        if (const auto file = credential_file(); !file.empty()) return first_line(file);
        if (fs::exists(paths.passphrase)) return first_line(paths.passphrase);
    }
    if (isatty(STDIN_FILENO) != 0 || source.ask) {
        if (auto line = read_secret_line("Passphrase of the identity: ")) return *line;
    }
    throw IdentityError(
        paths.identity.string() +
        " is sealed with a passphrase that is not here: give --passphrase-file FILE, or the " +
        "systemd credential hedgewitch-passphrase, or start on a terminal");
}

void write_identity(const StatePaths& paths, const crypto::Seed& seed, const PassphraseSource& source,
                    const crypto::KeystoreCost& cost) {
    std::string passphrase;
    bool beside = false;
    if (source.ask) {
        passphrase = ask_twice();
    } else if (!source.file.empty()) {
        passphrase = first_line(source.file);
    } else if (const auto file = credential_file(); !file.empty()) {
        passphrase = first_line(file);
    } else {
        passphrase = random_passphrase();
        beside = true;
    }
    if (beside) {
        write_private(paths.passphrase, passphrase + "\n");
    } else {
        fs::remove(paths.passphrase);  // of an identity that was replaced
    }
    if (const auto saved = crypto::save_keystore(paths.identity, seed, passphrase, cost); !saved) {
        throw IdentityError(paths.identity.string() + ": cannot be written: " + saved.error().message());
    }
    write_private(paths.address, own_host(crypto::Identity::from_seed(seed)) + "\n");
}

crypto::Identity read_identity(const StatePaths& paths, const PassphraseSource& source) {
    if (!identity_exists(paths)) {
        throw IdentityError("there is no identity in " + paths.dir.string() +
                            " yet: run `hedgewitch init` first");
    }
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
