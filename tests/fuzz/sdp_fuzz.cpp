// tests/fuzz/sdp_fuzz.cpp - any body that may be SDP: what is written anew reads as it was meant to, and says
// all else as before. Any that may say that doors have moved: what is read is written as it reads.
#include <asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sip/media/media_move.hpp"
#include "sip/media/sdp.hpp"
#include "tests/fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto moved = sip::parse_media_move(text)) {
        FUZZ_CHECK(!moved->empty() && moved->size() <= sip::MediaMove::max_streams);
        FUZZ_CHECK(sip::parse_media_move(sip::media_move_body(*moved)) == moved);
    }
    const auto sdp = sip::SdpView::parse(text);
    if (!sdp) return 0;
    FUZZ_CHECK(sdp->with({}) == text);
    const auto address = asio::ip::make_address("203.0.113.7");
    std::vector<sip::SdpEdit> edits;
    for (std::size_t i = 0; i < sdp->streams().size(); ++i) {
        const auto port = static_cast<std::uint16_t>(40000 + 2 * i);
        edits.push_back({i, {address, port}, {address, static_cast<std::uint16_t>(port + 1)}});
    }
    const std::string written = sdp->with(edits);
    const auto again = sip::SdpView::parse(written);
    FUZZ_CHECK(again && again->streams().size() == sdp->streams().size());
    for (std::size_t i = 0; i < edits.size(); ++i) {
        const auto& before = sdp->streams()[i];
        const auto& after = again->streams()[i];
        FUZZ_CHECK(after.kind == before.kind && after.protocol == before.protocol);
        if (!before.strange.empty() || before.port == 0) {
            FUZZ_CHECK(after.port == before.port);
            continue;
        }
        FUZZ_CHECK(after.port == edits[before.shares ? before.shares_with : i].rtp.port);
        FUZZ_CHECK(after.address == address);
        FUZZ_CHECK(after.sends == before.sends && after.receives == before.receives);
    }
    return 0;
}
