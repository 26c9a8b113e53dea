// crypto/box.cpp - XChaCha20-Poly1305, the nonce in front.
#include "crypto/box.hpp"

#include <sodium/crypto_aead_xchacha20poly1305.h>

#include <algorithm>

#include "crypto/sodium.hpp"

namespace crypto {

static_assert(box_nonce_size == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(box_overhead == box_nonce_size + crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(Secret<32>::size() == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

std::vector<std::uint8_t> seal(const Secret<32>& key, const Bytes<box_nonce_size>& nonce, ByteView associated,
                               ByteView plaintext) {
    ensure_sodium();
    std::vector<std::uint8_t> box(plaintext.size() + box_overhead);
    std::ranges::copy(nonce, box.begin());
    crypto_aead_xchacha20poly1305_ietf_encrypt(box.data() + box_nonce_size, nullptr, plaintext.data(),
                                               plaintext.size(), associated.data(), associated.size(),
                                               nullptr, nonce.data(), key.data());
    return box;
}

Result<void> open_into(std::span<std::uint8_t> out, const Secret<32>& key, ByteView associated,
                       ByteView box) {
    ensure_sodium();
    if (box.size() != out.size() + box_overhead) return fail(Errc::bad_length);
    const auto sealed = box.subspan(box_nonce_size);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                   associated.data(), associated.size(), box.data(),
                                                   key.data()) != 0)
        return fail(Errc::cannot_open);
    return {};
}

Result<std::vector<std::uint8_t>> open(const Secret<32>& key, ByteView associated, ByteView box) {
    if (box.size() < box_overhead) return fail(Errc::bad_length);
    std::vector<std::uint8_t> plaintext(box.size() - box_overhead);
    if (const auto opened = open_into(plaintext, key, associated, box); !opened)
        return tl::unexpected(opened.error());
    return plaintext;
}

}  // namespace crypto
