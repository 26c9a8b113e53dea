// crypto/error.cpp - the texts of crypto's error category.
#include "crypto/error.hpp"

#include <string>

namespace crypto {
namespace {

class Category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "crypto"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::bad_length: return "wrong length";
            case Errc::bad_character: return "a character that does not belong here";
            case Errc::bad_checksum: return "checksum does not match: mistyped?";
            case Errc::unknown_version: return "made by a later version";
            case Errc::bad_point: return "not a valid public key";
            case Errc::bad_label: return "a user name is 1 to 63 of a-z 0-9 . _ + -";
            case Errc::bad_signature: return "signature does not verify";
            case Errc::cannot_open: return "does not open with this key";
            case Errc::wrong_passphrase: return "wrong passphrase";
            case Errc::damaged_file: return "the key file is damaged";
            case Errc::bad_parameters: return "cost parameters out of bounds";
            case Errc::file_error: return "the operating system refused the file";
            case Errc::no_memory: return "not enough memory for Argon2id";
        }
        return "unknown error";
    }
};

}  // namespace

const std::error_category& category() noexcept {
    static const Category instance;
    return instance;
}

}  // namespace crypto
