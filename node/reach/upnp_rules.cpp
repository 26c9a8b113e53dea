// node/reach/upnp_rules.cpp - add, look, and what to do when they say otherwise.
#include "node/reach/upnp_rules.hpp"

#include <miniupnpc/upnperrors.h>

#include <asio/ip/address_v4.hpp>

namespace node {
namespace {

using std::chrono::seconds;

// WANIPConnection:2 §2.5, and UPnP Device Architecture's general ones.
constexpr int invalid_arguments = 402, action_failed = 501, no_such_entry = 714, conflict = 718,
              permanent_only = 725;
constexpr int tries = 4;  // at other outer ports

bool dislikes_lease(int code) {
    return code == invalid_arguments || code == action_failed || code == permanent_only;
}

enum class Holder : std::uint8_t { nobody, we, another, not_told };

Holder holder_of(WanConnection& connection, const InnerPort& inner, std::uint16_t outer,
                 const std::string& own) {
    UpnpEntry entry;
    const int code = connection.look(inner.tcp, outer, entry);
    if (code == upnp_ok)
        return entry.client == own && entry.port == inner.port ? Holder::we : Holder::another;
    // Who does not know how to tell is believed; who knows, and has no such entry, is not.
    return code == no_such_entry ? Holder::nobody : Holder::not_told;
}

/// The lease that was granted is put into `lease`.
int add(WanConnection& connection, const MappingWish& wish, std::uint16_t outer, const std::string& own,
        seconds& lease) {
    int code = connection.add(wish.inner, outer, own, lease);
    for (const auto other : {seconds(0), seconds(3600)}) {
        if (!dislikes_lease(code) || lease == other) continue;
        lease = other;
        code = connection.add(wish.inner, outer, own, lease);
    }
    return code;
}

}  // namespace

std::string upnp_fault(int code) {
    const char* text = strupnperror(code);
    return "it refused (UPnP " + std::to_string(code) + (text != nullptr ? std::string(": ") + text : "") +
           ")";
}

std::size_t connection_in_use(const std::vector<WanConnection*>& connections) {
    for (std::size_t i = 0; i < connections.size(); ++i) {
        std::string status;
        if (connections[i]->status(status) == upnp_ok && status == "Connected") return i;
    }
    for (std::size_t i = 0; i < connections.size(); ++i) {
        std::string text;
        if (connections[i]->external_address(text) != upnp_ok) continue;
        asio::error_code none;
        const auto address = asio::ip::make_address_v4(text, none);
        if (!none && !address.is_unspecified()) return i;
    }
    return 0;
}

MappingGrant ask_for_port(WanConnection& connection, const MappingWish& wish, const MappingRequest& request,
                          const std::function<std::uint16_t()>& random_port) {
    const std::string own = request.gateway.own.to_string();
    seconds lease = request.lease;
    std::uint16_t outer = wish.outer;
    std::string fault;
    for (int i = 0; i < tries; ++i) {
        auto holder = holder_of(connection, wish.inner, outer, own);
        if (holder == Holder::we && wish.held && !wish.anew) return {wish.inner, outer, {}, {}, true};
        if (holder == Holder::we && wish.anew) (void)connection.remove(wish.inner.tcp, outer);
        // Some routers would let AddPortMapping take away what another machine has.
        const int code = holder == Holder::another ? conflict : add(connection, wish, outer, own, lease);
        if (code != upnp_ok && code != conflict) return {wish.inner, 0, {}, upnp_fault(code)};
        fault = upnp_fault(conflict);
        if (code == upnp_ok) {
            holder = holder_of(connection, wish.inner, outer, own);
            if (holder == Holder::we || holder == Holder::not_told) return {wish.inner, outer, lease, {}};
            if (holder == Holder::nobody)
                return {wish.inner, 0, {}, "it says yes, and then that there is no such port (UPnP 714)"};
            fault = "it says yes, and sends the port on to another machine";
        }
        outer = random_port();
    }
    return {wish.inner, 0, {}, fault};
}

Ended end_mapping(WanConnection& connection, const MappingEnd& end) {
    UpnpEntry entry;
    const int shown = connection.look(end.inner.tcp, end.outer, entry);
    if (shown < 0) return Ended::no_answer;
    if (shown == no_such_entry) return Ended::gone;
    // What cannot be looked at may be anybody's.
    if (shown != upnp_ok) return Ended::refused;
    if (entry.client != end.own.to_string() || entry.port != end.inner.port) return Ended::anothers;
    const int code = connection.remove(end.inner.tcp, end.outer);
    if (code < 0) return Ended::no_answer;
    return code == upnp_ok || code == no_such_entry ? Ended::gone : Ended::refused;
}

}  // namespace node
