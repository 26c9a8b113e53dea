// node/reach/mapping_request.cpp - words for people.
#include "node/reach/mapping_request.hpp"

namespace node {

std::string_view name(GatewayProtocol protocol) noexcept {
    return protocol == GatewayProtocol::nat_pmp ? "NAT-PMP" : "UPnP";
}

std::string to_text(const InnerPort& port) {
    return (port.tcp ? "TCP " : "UDP ") + std::to_string(port.port);
}

}  // namespace node
