// node/daemon/welcome.cpp - the first words.
#include "node/daemon/welcome.hpp"

#include <fmt/format.h>

#include "node/addresses.hpp"
#include "node/reach/own_addresses.hpp"
#include "node/version.hpp"

namespace node {
namespace {

/// What a phone in the same house types as its server.
std::string phone_server(const std::vector<overlay::TransportAddress>& listening) {
    const overlay::TransportAddress* best = nullptr;
    for (const auto& address : listening) {
        const bool better =
            best == nullptr || (best->address.is_loopback() && !address.address.is_loopback());
        if (better && (address.address.is_v4() || best == nullptr)) best = &address;
    }
    if (best == nullptr) return "(no address)";
    return best->port == 5060 ? sip::host_text(best->address) : sip::to_string({best->address, best->port});
}

}  // namespace

std::string welcome(const Config& config, const std::string& host, const std::string& state_dir,
                    const std::vector<overlay::TransportAddress>& bound,
                    const std::vector<asio::ip::address>& interfaces) {
    const std::string server = phone_server(listening_addresses(bound, interfaces));
    std::string text = fmt::format("Hedgewitch {}\n", version);
    text += fmt::format("  address   sip:<user>@{}\n", host);
    text += "  SIP      ";
    for (const auto& address : bound)
        text += " " + to_text(address);
    text += "\n";
    if (config.dht.enabled) {
        text += fmt::format("  DHT       network {}{}\n", config.dht.network,
                            config.dht.network == 0 ? ", the public one" : "");
    } else {
        text += "  DHT       off (dht.enabled = false): only DNS finds others\n";
    }
    text += fmt::format("  state     {}\n", state_dir);
    text += fmt::format(
        "Set up a phone: server {}, and a user and password of `hedgewitch user add NAME`; no outbound "
        "proxy.\n",
        server);
    text +=
        "Call others at sip:bob@<56 characters>.hedge.alt. A phone that cannot hand that to this node "
        "dials\n";
    text += fmt::format("  sip:bob%40<56 characters>.hedge.alt@{}\n", server);
    text += "Is all well? `hedgewitch status`\n";
    return text;
}

}  // namespace node
