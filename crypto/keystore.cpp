// crypto/keystore.cpp - the keystore file: its layout, its two checks, and Argon2id over the passphrase.
#include "crypto/keystore.hpp"

#include <algorithm>

#include "crypto/box.hpp"
#include "crypto/file.hpp"
#include "crypto/file_check.hpp"
#include "crypto/sodium.hpp"
#include "crypto/stretch.hpp"

namespace crypto {
namespace {

constexpr Bytes<8> magic = {'H', 'W', 'K', 'E', 'Y', '1', '\n', 0};  // \n: text-mode damage shows at once
constexpr std::uint32_t version = 1;
constexpr std::string_view header_domain = "hedgewitch/v1/keystore/header";
constexpr std::string_view file_domain = "hedgewitch/v1/keystore/file";

// Where things are; the header's shape holds for every version.
constexpr std::size_t version_at = 8, passes_at = 12, memory_at = 16, lanes_at = 20, salt_at = 24;
constexpr std::size_t header_check_at = salt_at + salt_size, header_check_size = 8;
constexpr std::size_t header_size = header_check_at + header_check_size;
constexpr std::size_t box_size = Seed::size() + box_overhead;
constexpr std::size_t file_check_at = header_size + box_size, file_check_size = 16;
constexpr std::size_t file_size = file_check_at + file_check_size;
static_assert(file_size == 136);

void put_u32(std::span<std::uint8_t> file, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i)
        file[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

KeystoreCost cost_in(ByteView file) {
    return {get_u32(file, passes_at), get_u32(file, memory_at), get_u32(file, lanes_at)};
}

}  // namespace

Result<std::vector<std::uint8_t>> seal_keystore(const Seed& seed, std::string_view passphrase,
                                                const KeystoreCost& cost) {
    if (!within_bounds(cost)) return fail(Errc::bad_parameters);
    Bytes<file_size> file{};
    std::ranges::copy(magic, file.begin());
    put_u32(file, version_at, version);
    put_u32(file, passes_at, cost.passes);
    put_u32(file, memory_at, cost.memory_kib);
    put_u32(file, lanes_at, cost.lanes);
    const auto salt = std::span(file).subspan(salt_at, salt_size);
    random_bytes(salt);
    const auto header_check = check_of(header_domain, ByteView(file).first(header_check_at));
    std::copy_n(header_check.begin(), header_check_size, file.begin() + header_check_at);

    const auto key = stretch(passphrase, salt, cost);
    if (!key) return tl::unexpected(key.error());
    Bytes<box_nonce_size> nonce;
    random_bytes(nonce);
    std::ranges::copy(seal(*key, nonce, ByteView(file).first(header_size), seed.view()),
                      file.begin() + header_size);
    const auto file_check = check_of(file_domain, ByteView(file).first(file_check_at));
    std::copy_n(file_check.begin(), file_check_size, file.begin() + file_check_at);
    return std::vector<std::uint8_t>(file.begin(), file.end());
}

Result<void> save_keystore(const std::filesystem::path& path, const Seed& seed, std::string_view passphrase,
                           const KeystoreCost& cost) {
    const auto file = seal_keystore(seed, passphrase, cost);
    if (!file) return tl::unexpected(file.error());
    return replace_file(path, *file);
}

namespace {

/// Whole, of this version, and of a cost that we may pay.
Result<std::vector<std::uint8_t>> checked_file(const std::filesystem::path& path) {
    ensure_sodium();
    // A later version may be longer: one byte more than ours is enough to see that.
    auto content = read_file(path, file_size + 1);
    if (!content) return content;
    const ByteView file = *content;
    if (file.size() < header_size || !std::ranges::equal(file.first(magic.size()), magic) ||
        !check_matches(header_domain, file, header_check_at, header_check_size))
        return fail(Errc::damaged_file);
    if (get_u32(file, version_at) != version) return fail(Errc::unknown_version);
    if (file.size() != file_size || !check_matches(file_domain, file, file_check_at, file_check_size))
        return fail(Errc::damaged_file);
    if (!within_bounds(cost_in(file))) return fail(Errc::bad_parameters);
    return content;
}

}  // namespace

Result<KeystoreCost> keystore_cost(const std::filesystem::path& path) {
    return checked_file(path).map([](const auto& file) { return cost_in(file); });
}

Result<Seed> load_keystore(const std::filesystem::path& path, std::string_view passphrase) {
    const auto content = checked_file(path);
    if (!content) return tl::unexpected(content.error());
    const ByteView file = *content;
    const KeystoreCost cost = cost_in(file);
    const auto key = stretch(passphrase, file.subspan(salt_at, salt_size), cost);
    if (!key) return tl::unexpected(key.error());
    Seed seed;
    if (!open_into({seed.data(), Seed::size()}, *key, file.first(header_size),
                   file.subspan(header_size, box_size)))
        return fail(Errc::wrong_passphrase);
    return seed;
}

}  // namespace crypto
