// tests/fuzz/name_fuzz.cpp - any text as a key name, a paper seed
// and a label: what is accepted has one spelling.
#include <algorithm>
#include <string>

#include "crypto/name.hpp"
#include "tests/fuzz/check.hpp"

namespace {

std::string lowercase(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto key = crypto::decode_name(text)) {
        FUZZ_CHECK(crypto::encode_name(*key) == lowercase(text));
        FUZZ_CHECK(!crypto::decode_seed(text));
    }
    if (const auto seed = crypto::decode_seed(text))
        FUZZ_CHECK(crypto::encode_seed(*seed) == lowercase(text));
    if (const auto label = crypto::canonical_label(text)) {
        FUZZ_CHECK(*label == lowercase(text));
        FUZZ_CHECK(crypto::canonical_label(*label) == *label);
    }
    // The checksum stops nearly every mutation above; here any 32 bytes are a key.
    if (size == 32) {
        crypto::PublicKey key;
        std::copy_n(data, size, key.begin());
        const auto decoded = crypto::decode_name(crypto::encode_name(key));
        FUZZ_CHECK(decoded ? *decoded == key : decoded.error() == crypto::Errc::bad_point);
    }
    return 0;
}
