// tests/node/zone_signer.hpp - signs zones with NLnet Labs' ldns tools, keys and all made in a folder of the
// test: nothing of DNSSEC in the tests comes from our own code.
#pragma once

#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "tests/node/scratch.hpp"

namespace node::test {

class ZoneSigner {
public:
    static bool available() {
        return access("/usr/bin/ldns-keygen", X_OK) == 0 && access("/usr/bin/ldns-signzone", X_OK) == 0;
    }
    /// A key for `zone` (without trailing dot; "." for the root).
    explicit ZoneSigner(std::string zone) : zone_(std::move(zone)) {
        key_ = run("/usr/bin/ldns-keygen -a ECDSAP256SHA256 -k '" + zone_ + "'");
        ds_ = read_text(scratch_.dir / (key_ + ".ds"));
    }
    /// The zone with its signatures and NSEC records.
    [[nodiscard]] std::string sign(const std::string& text) { return sign_with(text, ""); }
    /// The same, signed for a month of 2020.
    [[nodiscard]] std::string sign_expired(const std::string& text) {
        return sign_with(text, "-i 20200101 -e 20200201 ");
    }
    /// The DS record: for the parent zone, or as a trust anchor.
    [[nodiscard]] const std::string& ds() const { return ds_; }
    /// A file of it.
    [[nodiscard]] std::filesystem::path anchor_file() const { return scratch_.dir / (key_ + ".ds"); }

private:
    std::string sign_with(const std::string& text, const std::string& options) {
        write_text(scratch_.dir / "zone", text);
        run("/usr/bin/ldns-signzone " + options + "-o '" + zone_ + "' -f signed zone " + key_);
        return read_text(scratch_.dir / "signed");
    }
    /// The first line that `command` prints. Throws when it fails.
    std::string run(const std::string& command) const {
        FILE* pipe = popen(("cd '" + scratch_.dir.string() + "' && " + command + " 2>&1").c_str(), "r");
        if (pipe == nullptr) throw std::runtime_error(command);
        std::string out;
        std::array<char, 512> buffer{};
        while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr)
            out += buffer.data();
        if (pclose(pipe) != 0) throw std::runtime_error(command + ": " + out);
        return out.substr(0, out.find('\n'));
    }

    const std::string zone_;
    Scratch scratch_;
    std::string key_, ds_;
};

/// `text` with each `from` made `to`: after signing, that is a forged record.
inline std::string forge(std::string text, const std::string& from, const std::string& to) {
    std::size_t count = 0;
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
        ++count;
    }
    if (count == 0) throw std::runtime_error("nothing to forge: " + from);
    return text;
}

}  // namespace node::test
