// node/reach/upnp_offer.hpp - who may speak for the router over UPnP: only what describes itself from the
// router's own address, for anything in the house may answer a search. Pure.
#pragma once

#include <asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace node {

/// "http://192.168.1.1:5000/rootDesc.xml" is of 192.168.1.1, and of nobody else.
[[nodiscard]] bool is_of(std::string_view url, const asio::ip::address& host);

/// "http://[2001:db8::1]:5000/rootDesc.xml": 2001:db8::1.
[[nodiscard]] std::optional<asio::ip::address_v6> host6_of(std::string_view url);

/// Why a description or a control point at `url` is not believed to be the router's; the end of a sentence
/// that begins with the router. Empty: it is.
[[nodiscard]] std::string why_not_believed(std::string_view url, const asio::ip::address& router);

}  // namespace node
