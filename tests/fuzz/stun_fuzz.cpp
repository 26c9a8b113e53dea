// tests/fuzz/stun_fuzz.cpp - any datagram that may be STUN: an answer is well formed, of the same
// transaction, and never larger than what an unproven address may get.
#include <asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "sip/transport/stun.hpp"
#include "tests/fuzz/check.hpp"

namespace {

unsigned number(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) * 256U +
           static_cast<unsigned char>(bytes[at + 1]);
}

void look_at(std::string_view request, const sip::Endpoint& source) {
    const auto answer = sip::stun_answer(request, source);
    FUZZ_CHECK(answer == sip::stun_answer(request, source));
    if (!answer) return;
    FUZZ_CHECK(sip::is_stun(request) && sip::is_stun(*answer));
    FUZZ_CHECK(answer->size() <= 3 * request.size());
    FUZZ_CHECK(answer->size() % 4 == 0 && number(*answer, 2) == answer->size() - 20);
    FUZZ_CHECK(answer->substr(4, 16) == request.substr(4, 16));
    FUZZ_CHECK(!sip::stun_answer(*answer, source));  // two that answer each other would never end
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const char* address : {"192.0.2.66", "2001:db8::66"}) {
        const sip::Endpoint source{asio::ip::make_address(address), 40000};
        look_at(bytes, source);
        // The same as what follows a good header.
        std::string framed(
            "\x00\x01\x00\x00\x21\x12\xa4\x42"
            "0123456789ab",
            20);
        framed += bytes.substr(0, 0xffff);
        framed.resize((framed.size() + 3) & ~std::size_t{3});
        framed[2] = static_cast<char>((framed.size() - 20) >> 8);
        framed[3] = static_cast<char>((framed.size() - 20) & 0xff);
        if (framed.size() <= 65535) look_at(framed, source);
    }
    return 0;
}
