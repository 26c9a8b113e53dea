// node/daemon/welcome.cpp - the first words.
#include "node/daemon/welcome.hpp"

#include <fmt/format.h>

#include "node/addresses.hpp"
#include "node/names/qr.hpp"
#include "node/reach/home_network.hpp"
#include "node/version.hpp"

namespace node {

std::string welcome(const Config& config, const std::string& host, const std::string& state_dir,
                    const std::vector<overlay::TransportAddress>& bound, const NetworkView& network) {
    const std::string server = phones_server(bound, network);
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
    text += "Set up a phone: user and password of `hedgewitch user add NAME`,\n" + server_lines(server);
    text += "Call others at sip:bob@<56 characters>.hedge.alt. A phone that has no outbound proxy dials\n";
    text += fmt::format("  sip:bob%40<56 characters>.hedge.alt@{}\n", server);
    text += "Is all well? `hedgewitch status`\n";
    return text;
}

std::string page_welcome(const std::string& url, const std::string& link, bool terminal) {
    if (link.empty())
        return fmt::format("Its page: {} (`hedgewitch page` gives a link that logs you in)\n", url);
    std::string text = fmt::format(
        "Go on in a browser: this link logs you in, once, within a day. The browser warns about the node's\n"
        "certificate, which nobody vouches for yet: here that is expected.\n  {}{}\n",
        url, link);
    if (terminal) text += qr_text(url + link);
    return text;
}

}  // namespace node
