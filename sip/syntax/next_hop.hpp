// sip/syntax/next_hop.hpp - where a URI with an address in it says to send (RFC 3261 §8.1.2 and §16.6 step 7,
// without the DNS of RFC 3263: whoever decides on the target looks names up).
#pragma once

#include <optional>
#include <string_view>

#include "sip/flow.hpp"
#include "sip/peer.hpp"
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

struct NextHop {
    Transport transport = Transport::udp;
    Endpoint endpoint;
    PeerExpectation peer = {};  // over TLS
    friend bool operator==(const NextHop&, const NextHop&) = default;
};

[[nodiscard]] std::optional<Transport> transport_of(std::string_view uri_parameter) noexcept;

/// Nothing: no SIP URI, a name instead of an address, or a transport that we do not know. A maddr is ignored:
/// nobody may make us send to a third party.
[[nodiscard]] std::optional<NextHop> next_hop(std::string_view uri);
[[nodiscard]] std::optional<NextHop> next_hop(const UriView& uri);

}  // namespace sip
