// overlay/known_nodes.cpp - counted by bucket, and by network.
#include "overlay/known_nodes.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "overlay/contact_filter.hpp"

namespace overlay {
namespace {

constexpr unsigned deepest = 12;
constexpr std::size_t looks_empty = 2, looks_full = 8;
constexpr unsigned network_v4 = 16, network_v6 = 64;  // bits: who has one address there often has more

unsigned common_bits(const crypto::Bytes<20>& a, const crypto::Bytes<20>& b) {
    for (unsigned byte = 0; byte < a.size(); ++byte) {
        const auto differ = static_cast<std::uint8_t>(a[byte] ^ b[byte]);
        if (differ != 0) return 8 * byte + static_cast<unsigned>(std::countl_zero(differ));
    }
    return 8 * static_cast<unsigned>(a.size());
}

}  // namespace

Location key_at(const crypto::Bytes<20>& id, unsigned distance, const Placer::Random& random) {
    Location key{};
    random(key);
    for (unsigned bit = 0; bit <= distance; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        const bool ours = (id[bit / 8] & mask) != 0;
        if (ours == (bit < distance))
            key[bit / 8] |= mask;
        else
            key[bit / 8] &= static_cast<std::uint8_t>(~mask);
    }
    return key;
}

std::optional<unsigned> empty_bucket(const crypto::Bytes<20>& id, const std::vector<KnownNode>& nodes) {
    std::array<std::size_t, deepest + 1> known{};
    for (const auto& node : nodes)
        ++known[std::min(common_bits(id, node.id), deepest)];
    // As many nodes belong into a bucket as into all nearer ones together.
    auto nearer = std::accumulate(known.begin(), known.end(), std::size_t{0});
    for (unsigned distance = 0; distance < deepest; ++distance) {
        nearer -= known[distance];
        if (known[distance] < looks_empty && nearer >= looks_full) return distance;
    }
    return std::nullopt;
}

std::vector<asio::ip::udp::endpoint> of_other_networks(const std::vector<asio::ip::udp::endpoint>& all,
                                                       const asio::ip::address& own, bool v4,
                                                       std::size_t most) {
    std::vector<asio::ip::udp::endpoint> chosen;
    std::vector<Prefix> networks;
    for (const auto& node : all) {
        const auto& at = node.address();
        const bool taken =
            std::ranges::any_of(networks, [&](const Prefix& network) { return network.contains(at); });
        if (taken || at == own || at.is_v4() != v4 || !is_global(at)) continue;
        networks.emplace_back(at, v4 ? network_v4 : network_v6);
        chosen.push_back(node);
        if (chosen.size() == most) break;
    }
    return chosen;
}

}  // namespace overlay
