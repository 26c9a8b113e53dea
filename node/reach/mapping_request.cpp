// node/reach/mapping_request.cpp - words for people.
#include "node/reach/mapping_request.hpp"

namespace node {

std::string_view name(GatewayProtocol protocol) noexcept {
    switch (protocol) {
        case GatewayProtocol::pcp: return "PCP";
        case GatewayProtocol::nat_pmp: return "NAT-PMP";
        case GatewayProtocol::upnp: return "UPnP";
    }
    return "";
}

std::string to_text(const InnerPort& port) {
    return (port.tcp ? "TCP " : "UDP ") + std::to_string(port.port);
}

}  // namespace node
