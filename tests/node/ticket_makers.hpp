// tests/node/ticket_makers.hpp - the tickets of two nodes, in virtual time, with random bytes that are known.
#pragma once

#include "node/inbound/caller_tickets.hpp"
#include "tests/node/identities.hpp"

namespace node {

struct TwoTicketMakers {
    const crypto::Identity a = identity(1), b = identity(2);
    sip::Now now{std::chrono::steady_clock::time_point{std::chrono::hours(1000)},
                 std::chrono::sys_days{std::chrono::year(2026) / 11 / 25} + std::chrono::hours(12)};
    std::uint64_t draws = 0;
    CallerTickets::Random random = [this](std::span<std::uint8_t> bytes) {
        ++draws;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::uint8_t>((draws >> (8 * (i % 4))) + i);
    };
    CallerTickets at_a{a, now, random}, at_b{b, now, random};
};

}  // namespace node
