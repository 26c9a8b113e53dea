// node/config/advertised_host.hpp - "udp:home.example.org:5060": a host of sip.advertise as people write it.
// Pure.
#pragma once

#include <optional>
#include <string>

#include "node/config/config.hpp"

namespace node {

std::string to_text(const AdvertisedHost& host);
/// Nothing: it is something else.
std::optional<AdvertisedHost> parse_advertised_host(const std::string& text);

}  // namespace node
