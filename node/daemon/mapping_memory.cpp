// node/daemon/mapping_memory.cpp - "router.mapping/192.168.1.1/192.168.1.20/udp/5060" = the outer port.
#include "node/daemon/mapping_memory.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "crypto/identity.hpp"

namespace node {
namespace {

constexpr std::string_view beginning = "router.mapping/";
constexpr std::array<std::string_view, 2> secret_names{"router.secret.0", "router.secret.1"};
constexpr std::size_t most_remembered = 64;

std::string name_of(const LastingMapping& mapping) {
    return std::string(beginning) + mapping.gateway.to_string() + '/' + mapping.end.own.to_string() +
           (mapping.end.inner.tcp ? "/tcp/" : "/udp/") + std::to_string(mapping.end.inner.port);
}

/// Nothing: it is none of ours, or damaged.
std::optional<LastingMapping> mapping_of(std::string_view name, std::int64_t outer) {
    name.remove_prefix(beginning.size());
    std::array<std::string, 4> parts;
    for (auto& part : parts) {
        const auto slash = std::min(name.find('/'), name.size());
        part = name.substr(0, slash);
        name.remove_prefix(std::min(slash + 1, name.size()));
    }
    LastingMapping mapping;
    asio::error_code gateway, own;
    mapping.gateway = asio::ip::make_address(parts[0], gateway);
    mapping.end.own = asio::ip::make_address(parts[1], own);
    mapping.end.inner.tcp = parts[2] == "tcp";
    const auto* const end = parts[3].data() + parts[3].size();
    const auto read = std::from_chars(parts[3].data(), end, mapping.end.inner.port);
    if (gateway || own || read.ec != std::errc() || read.ptr != end || outer <= 0 || outer > 0xffff)
        return std::nullopt;
    mapping.end.outer = static_cast<std::uint16_t>(outer);
    return mapping;
}

}  // namespace

crypto::Bytes<16> MappingMemory::secret() {
    auto secret = crypto::random_array<16>();
    try {
        for (std::size_t i = 0; i < secret_names.size(); ++i) {
            std::int64_t half = 0;
            std::memcpy(&half, secret.data() + i * sizeof half, sizeof half);
            if (const auto kept = facts_.get(secret_names[i])) {
                half = *kept;
            } else {
                facts_.set(secret_names[i], half);
            }
            std::memcpy(secret.data() + i * sizeof half, &half, sizeof half);
        }
    } catch (const DatabaseError& e) {
        facts_.write_failed("the secret for the router", e);
    }
    return secret;
}

std::vector<LastingMapping> MappingMemory::load() {
    std::vector<LastingMapping> all;
    try {
        for (const auto& name : facts_.names(beginning)) {
            if (const auto mapping = mapping_of(name, facts_.get(name).value_or(0))) all.push_back(*mapping);
        }
    } catch (const DatabaseError& e) {
        facts_.write_failed("ports that a router keeps open for ever", e);
    }
    return all;
}

void MappingMemory::save(const std::vector<LastingMapping>& mappings) {
    try {
        auto gone = facts_.names(beginning);
        for (std::size_t i = 0; i < std::min(mappings.size(), most_remembered); ++i) {
            const auto name = name_of(mappings[i]);
            std::erase(gone, name);
            facts_.set(name, mappings[i].end.outer);
        }
        for (const auto& name : gone)
            (void)facts_.forget(name);
    } catch (const DatabaseError& e) {
        facts_.write_failed("ports that a router keeps open for ever", e);
    }
}

}  // namespace node
