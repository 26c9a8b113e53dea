// node/dns/srv.hpp - SRV and address records off the wire, and the order in which SRV targets are tried (RFC
// 2782). Reads no clock and draws nothing itself. Any thread.
#pragma once

#include <asio/ip/address.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace node {

struct SrvRecord {
    std::uint16_t priority = 0, weight = 0, port = 0;
    std::string target;  // lowercase, without trailing dot; empty for "."
};

/// A whole number of 0..bound, both included.
using RandomUpTo = std::function<std::uint32_t(std::uint32_t bound)>;

/// nullopt: cut short, port 0, or a target that is no host name.
std::optional<SrvRecord> parse_srv(std::string_view rdata);
/// From 4 or 16 bytes; else nullopt.
std::optional<asio::ip::address> parse_address(std::string_view rdata);

/// Lowest priority first; within one, a weighted draw for each place.
std::vector<SrvRecord> in_order(std::vector<SrvRecord> records, const RandomUpTo& random);

}  // namespace node
