// tests/node/offices.hpp - the ticket offices of two nodes, in virtual time and with dice that are known.
#pragma once

#include "node/inbound/caller_tickets.hpp"
#include "tests/node/identities.hpp"

namespace node {

struct Offices {
    const crypto::Identity a = identity(1), b = identity(2);
    sip::Now now{std::chrono::steady_clock::time_point{std::chrono::hours(1000)},
                 std::chrono::sys_days{std::chrono::year(2026) / 11 / 25} + std::chrono::hours(12)};
    std::uint64_t rolls = 0;
    TicketOffice::Dice dice = [this](std::span<std::uint8_t> bytes) {
        ++rolls;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::uint8_t>((rolls >> (8 * (i % 4))) + i);
    };
    TicketOffice at_a{a, now, dice}, at_b{b, now, dice};
};

}  // namespace node
