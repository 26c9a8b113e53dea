// tests/overlay/village/blocks.hpp - blocks of people by number, as neighbours bring them.
#pragma once

#include "overlay/village/store.hpp"
#include "tests/overlay/records.hpp"

namespace overlay::testing_village {

inline constexpr UnixSeconds wall = testing_records::start_of_period + 43200;

inline crypto::Identity person(unsigned number) {
    crypto::Bytes<32> seed{};
    seed[0] = static_cast<std::uint8_t>(number);
    seed[1] = static_cast<std::uint8_t>(number >> 8U);
    seed[31] = 7;
    return crypto::Identity::from_seed(crypto::Seed(seed));
}

inline std::vector<std::uint8_t> block_of(unsigned number, std::uint16_t seq = 720,
                                          UnixSeconds expires = wall + 7200, std::uint8_t slot = 0) {
    const auto identity = person(number);
    const auto blinding = crypto::blind(identity.public_key(), {}, "home", testing_records::period).value();
    return make_block(crypto::BlindedSigner(identity, blinding), blinding, testing_records::two_contacts(),
                      {expires, slot, seq, testing_records::counting_from<24>(slot)})
        .value();
}

inline asio::ip::address neighbour(unsigned number) {
    return asio::ip::address_v4(0x0a010000U + number);
}

}  // namespace overlay::testing_village
