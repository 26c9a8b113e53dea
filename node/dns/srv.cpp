// node/dns/srv.cpp - RFC 2782.
#include "node/dns/srv.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "node/dns/rdata.hpp"
#include "node/names/host_name.hpp"

namespace node {

std::optional<SrvRecord> parse_srv(std::string_view rdata) {
    RdataReader reader(rdata);
    const auto priority = reader.number(), weight = reader.number(), port = reader.number();
    auto target = reader.domain_name();
    if (!target || !reader.at_end()) return std::nullopt;
    if (!target->empty() && (*port == 0 || !is_host_name(*target))) return std::nullopt;
    return SrvRecord{*priority, *weight, *port, std::move(*target)};
}

std::optional<asio::ip::address> parse_address(std::string_view rdata) {
    if (rdata.size() == 4) {
        asio::ip::address_v4::bytes_type bytes;
        std::memcpy(bytes.data(), rdata.data(), bytes.size());
        return asio::ip::address_v4(bytes);
    }
    if (rdata.size() == 16) {
        asio::ip::address_v6::bytes_type bytes;
        std::memcpy(bytes.data(), rdata.data(), bytes.size());
        return asio::ip::address_v6(bytes);
    }
    return std::nullopt;
}

std::vector<SrvRecord> in_order(std::vector<SrvRecord> records, const RandomUpTo& random) {
    // RFC 2782: weight 0 stands first in its priority, so that it is drawn seldom but not never.
    std::stable_sort(records.begin(), records.end(), [](const SrvRecord& a, const SrvRecord& b) {
        return a.priority != b.priority ? a.priority < b.priority : (a.weight == 0) > (b.weight == 0);
    });
    for (auto place = records.begin(); place != records.end(); ++place) {
        const auto end =
            std::find_if(place, records.end(), [&](const auto& r) { return r.priority != place->priority; });
        const auto sum = std::accumulate(
            place, end, 0U, [](std::uint32_t so_far, const auto& r) { return so_far + r.weight; });
        const std::uint32_t drawn = random(sum);
        std::uint32_t running = 0;
        const auto chosen =
            std::find_if(place, end, [&](const auto& r) { return (running += r.weight) >= drawn; });
        if (chosen != end) std::rotate(place, chosen, chosen + 1);
    }
    return records;
}

}  // namespace node
