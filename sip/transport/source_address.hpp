// sip/transport/source_address.hpp - which of our addresses the kernel would send from. Sends nothing.
#pragma once

#include <optional>

#include "sip/flow.hpp"

namespace sip {

/// Nothing: there is no route to `remote`.
[[nodiscard]] std::optional<asio::ip::address> source_address(const Endpoint& remote);

}  // namespace sip
