// tests/fuzz/first_bytes_fuzz.cpp - any bytes as the first of a connection to a relay: no prefix says another
// thing than the whole, nothing beyond the bound is waited for, and a token that is found stands in the
// bytes.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "sip/transport/first_bytes.hpp"
#include "sip/transport/relay_frames.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using Kind = sip::FirstBytes::Kind;

void look_at(std::string_view bytes) {
    const auto whole = sip::read_first_bytes(bytes.substr(0, sip::most_first_bytes));
    FUZZ_CHECK(whole.kind != Kind::more ||
               (whole.wanted > bytes.size() && whole.wanted <= sip::most_first_bytes));
    // Each prefix of few bytes, and then some.
    const auto most = std::min(bytes.size(), sip::most_first_bytes);
    for (std::size_t size = 0; size < most; size += size < 64 ? 1 : 97) {
        const auto cut = sip::read_first_bytes(bytes.substr(0, size));
        if (cut.kind == Kind::more) {
            FUZZ_CHECK(cut.wanted > size && cut.wanted <= sip::most_first_bytes);
        } else {
            FUZZ_CHECK(cut.kind == whole.kind && cut.token == whole.token && cut.pipe == whole.pipe);
        }
    }
    if (whole.kind == Kind::through) {
        std::string lower(bytes);
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        FUZZ_CHECK(lower.find(sip::server_name_of(sip::token_text(whole.token))) != std::string::npos);
    }
    if (whole.kind == Kind::pipe) FUZZ_CHECK(bytes.starts_with(sip::pipe_header(whole.pipe)));
}

/// However they are cut, the frames are the same, and nothing is kept but what is not whole yet.
void as_frames(std::string_view bytes) {
    sip::RelayFrames at_once, in_pieces;
    std::string one, other;
    const auto take = [](sip::RelayFrames& frames, std::string& into) {
        for (;;) {
            const auto item = frames.next();
            FUZZ_CHECK(item);
            if (item->kind == sip::MessageStream::Item::Kind::none) return;
            FUZZ_CHECK(item->bytes.size() >= sip::RelayFrames::header &&
                       item->bytes.size() <= sip::RelayFrames::longest);
            into += item->bytes;
            into += '|';
        }
    };
    at_once.append(bytes);
    take(at_once, one);
    for (const char c : bytes) {
        in_pieces.append({&c, 1});
        take(in_pieces, other);
    }
    FUZZ_CHECK(one == other);
    FUZZ_CHECK(at_once.partial() == in_pieces.partial());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    look_at(bytes);
    as_frames(bytes);
    return 0;
}
