// node/dns/key_binding_lookup.hpp - what the answer to the TXT question about a domain's key is worth
// (key_binding_record.hpp says what that is). Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "node/dns/dns_reply.hpp"
#include "node/dns/key_binding_record.hpp"

namespace node {

/// For a domain that must not be asked for, or cannot be.
[[nodiscard]] std::optional<KeyBinding> key_binding_without_dns(const std::string& domain);
/// Too many at once, and nothing was asked.
[[nodiscard]] KeyBinding key_binding_turned_away();
/// `reply`: to key_binding_name(domain) TXT; silent when none came in time.
[[nodiscard]] KeyBinding key_binding_of(const std::string& domain, const DnsReply& reply,
                                        std::chrono::milliseconds elapsed);

}  // namespace node
