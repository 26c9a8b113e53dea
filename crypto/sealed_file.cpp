// crypto/sealed_file.cpp - the layout, its two checks, and the box between.
#include "crypto/sealed_file.hpp"

#include <algorithm>

#include "crypto/box.hpp"
#include "crypto/file_check.hpp"
#include "crypto/sodium.hpp"

namespace crypto {
namespace {

constexpr Bytes<8> magic = {'H', 'W', 'B', 'A', 'K', '1', '\n', 0};
constexpr std::uint32_t version = 1;
constexpr std::string_view header_domain = "hedgewitch/v1/backup/header",
                           file_domain = "hedgewitch/v1/backup/file";

constexpr std::size_t version_at = 8, passes_at = 12, memory_at = 16, lanes_at = 20, salt_at = 24;
constexpr std::size_t header_check_at = salt_at + salt_size, header_check_size = 8;
constexpr std::size_t header_size = header_check_at + header_check_size, file_check_size = 16;
constexpr std::size_t least = header_size + box_overhead + file_check_size;

void put(std::vector<std::uint8_t>& file, std::uint32_t value) {
    for (const int shift : {24, 16, 8, 0})
        file.push_back(static_cast<std::uint8_t>(value >> shift));
}

void add_check(std::vector<std::uint8_t>& file, std::string_view domain, std::size_t size) {
    const auto check = check_of(domain, file);
    file.insert(file.end(), check.begin(), check.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace

bool is_sealed_file(ByteView file) {
    return file.size() >= magic.size() && std::ranges::equal(file.first(magic.size()), magic);
}

Result<std::vector<std::uint8_t>> seal_file(ByteView content, std::string_view passphrase,
                                            const KeystoreCost& cost) {
    if (!within_bounds(cost)) return fail(Errc::bad_parameters);
    std::vector<std::uint8_t> file(magic.begin(), magic.end());
    for (const auto value : {version, cost.passes, cost.memory_kib, cost.lanes})
        put(file, value);
    const auto salt = random_array<salt_size>();
    file.insert(file.end(), salt.begin(), salt.end());
    add_check(file, header_domain, header_check_size);
    const auto key = stretch(passphrase, salt, cost);
    if (!key) return tl::unexpected(key.error());
    const auto box = seal(*key, random_array<box_nonce_size>(), file, content);
    file.insert(file.end(), box.begin(), box.end());
    add_check(file, file_domain, file_check_size);
    return file;
}

Result<std::vector<std::uint8_t>> open_file(ByteView file, std::string_view passphrase) {
    ensure_sodium();
    if (file.size() < least || !is_sealed_file(file) ||
        !check_matches(header_domain, file, header_check_at, header_check_size))
        return fail(Errc::damaged_file);
    if (get_u32(file, version_at) != version) return fail(Errc::unknown_version);
    if (!check_matches(file_domain, file, file.size() - file_check_size, file_check_size))
        return fail(Errc::damaged_file);
    const KeystoreCost cost{get_u32(file, passes_at), get_u32(file, memory_at), get_u32(file, lanes_at)};
    if (!within_bounds(cost)) return fail(Errc::bad_parameters);
    const auto key = stretch(passphrase, file.subspan(salt_at, salt_size), cost);
    if (!key) return tl::unexpected(key.error());
    const auto box = file.subspan(header_size, file.size() - header_size - file_check_size);
    auto content = open(*key, file.first(header_size), box);
    if (!content) return fail(Errc::wrong_passphrase);
    return content;
}

}  // namespace crypto
