// node/dns/home_networks.hpp - names that only a network's own servers know: nobody signs them, and they may
// lead to private addresses. Any thread.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace node {

/// What home and office networks use; the public DNS has none of them (RFC 6762, RFC 8375, ICANN's
/// .internal), so nobody far away can write a record there.
inline constexpr std::array<std::string_view, 4> home_zones{"internal", "local", "lan", "home.arpa"};

/// `host` is at or below one of them, or of `unsigned_domains` (dns.unsigned). All lowercase.
[[nodiscard]] bool is_of_own_network(std::string_view host, std::span<const std::string> unsigned_domains);

}  // namespace node
