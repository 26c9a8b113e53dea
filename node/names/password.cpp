// node/names/password.cpp - makes passwords of digits, and judges those of others.
#include "node/names/password.hpp"

#include <algorithm>
#include <array>
#include <set>

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

std::string why_weak(const std::string& password) {
    constexpr std::size_t fewest = 12, fewest_different = 5;
    // Of UTF-8 each character but not what continues it.
    const auto characters =
        static_cast<std::size_t>(std::count_if(password.begin(), password.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
        }));
    if (characters < fewest) return "the password has fewer than 12 characters";
    if (std::set<char>(password.begin(), password.end()).size() < fewest_different)
        return "the password has fewer than 5 different characters";
    return {};
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
