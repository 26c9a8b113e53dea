// node/cli/password.cpp - makes passwords of digits.
#include "node/cli/password.hpp"

#include <array>

#include "crypto/identity.hpp"

namespace node {

std::string make_password() {
    constexpr std::size_t digits = 20;
    std::string password;
    while (password.size() < digits) {
        std::array<std::uint8_t, 32> random{};
        crypto::random_bytes(random);
        for (const std::uint8_t byte : random) {
            // 250 is the largest multiple of 10 in a byte; what is above would favour some digits.
            if (byte < 250 && password.size() < digits) password += static_cast<char>('0' + byte % 10);
        }
    }
    return password;
}

std::string in_groups(const std::string& password) {
    std::string out;
    for (std::size_t i = 0; i < password.size(); ++i) {
        if (i > 0 && i % 4 == 0) out += ' ';
        out += password[i];
    }
    return out;
}

}  // namespace node
