// tests/fuzz/relay_frame_fuzz.cpp - what a relay, or one whom it relays for, may say: a stream cut into
// frames, each read; what was read says the same again. And datagrams that may be proofs of a door.
#include <cstdint>
#include <string>
#include <string_view>

#include "node/media/door_proof.hpp"
#include "node/media/lent_doors.hpp"
#include "node/relay/relay_frame.hpp"
#include "sip/transport/relay_frames.hpp"
#include "tests/fuzz/check.hpp"

namespace {

void read_stream(std::string_view bytes) {
    sip::RelayFrames frames;
    frames.append(bytes);
    std::size_t got = 0;
    for (auto item = frames.next(); item && item->kind == sip::MessageStream::Item::Kind::frame;
         item = frames.next()) {
        FUZZ_CHECK(++got <= bytes.size() / 2);
        const auto frame = node::parse_relay_frame(item->bytes);
        if (!frame) continue;
        const auto again = node::to_bytes(*frame);
        FUZZ_CHECK(again.size() <= item->bytes.size());
        FUZZ_CHECK(again.size() >= 2 && again.size() == 2U + static_cast<unsigned char>(again[1]));
        FUZZ_CHECK(node::parse_relay_frame(again) == frame);
        FUZZ_CHECK(again.substr(2) == item->bytes.substr(2, again.size() - 2));
    }
}

/// Whatever comes to a lent door: nothing leaves that is longer than what came, nor to whom nobody named.
void come(std::string_view datagram) {
    const auto moment = node::LentDoors::Time{std::chrono::hours(1)};
    const sip::Endpoint source{asio::ip::make_address("11.1.0.2"), 40000},
        far{asio::ip::make_address("11.2.0.2"), 50000};
    node::LentDoors doors;
    const node::DoorSecret secret{1};
    const auto id = doors.lend({crypto::PublicKey{2}, 1}, secret, moment);
    FUZZ_CHECK(doors.aim(id, {far, {}, {far.address}, true, false}, moment));
    for (const auto component : node::components) {
        const auto passed = doors.came(id, component, source, datagram, moment);
        FUZZ_CHECK(passed.to.has_value() == node::parse_door_proof(datagram, secret).has_value() ||
                   !passed.to);
        FUZZ_CHECK(!passed.other || (passed.to == source && passed.other->size() <= datagram.size()));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    read_stream(bytes);
    come(bytes);
    // The same as what follows a good header of a proof.
    std::string framed("\x00\x01\x00\x24\x21\x12\xa4\x42", 8);
    framed += bytes.substr(0, node::door_proof_size - 8);
    framed.resize(node::door_proof_size);
    come(framed);
    return 0;
}
