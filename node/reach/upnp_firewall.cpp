// node/reach/upnp_firewall.cpp - miniupnpc's search over IPv6, and WANIPv6FirewallControl's actions, asked
// from the very address that the holes are for.
#include "node/reach/upnp_firewall.hpp"

#include <miniupnpc/miniupnpc.h>
#include <net/if.h>

#include <algorithm>
#include <array>

#include "node/reach/neighbours.hpp"
#include "node/reach/soap_driver.hpp"
#include "node/reach/upnp_offer.hpp"

namespace node {
namespace {

constexpr const char* service_type = "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1";

/// Asked from the address that the holes are for: where the kernel prefers a temporary one (RFC 8981) for
/// what it sends, the router would refuse (606).
class Control final : public FirewallControl {
public:
    Control(HttpPlace at, std::string service, const asio::ip::address_v6& own, unsigned interface)
        : at_(std::move(at)), service_(std::move(service)), soap_(own, interface) {}

    int status(bool& on, bool& opens) override {
        const auto answer = ask("GetFirewallStatus", {});
        if (!answer) return nobody;
        on = answer->value("FirewallEnabled") != "0";
        opens = answer->value("InboundPinholeAllowed") != "0";
        return answer->code;
    }
    int add(const InnerPort& inner, const std::string& own, std::chrono::seconds lease,
            std::string& name) override {
        const auto answer = ask("AddPinhole", {{"RemoteHost", ""},
                                               {"RemotePort", "0"},
                                               {"InternalClient", own},
                                               {"InternalPort", std::to_string(inner.port)},
                                               {"Protocol", inner.tcp ? "6" : "17"},
                                               {"LeaseTime", std::to_string(lease.count())}});
        if (!answer) return nobody;
        const auto id = answer->value("UniqueID");
        const bool good = id.size() <= longest_name &&
                          std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (good) name = id;  // an unsigned number of 16 bits
        return answer->code;
    }
    int renew(const std::string& name, std::chrono::seconds lease) override {
        return code(
            ask("UpdatePinhole", {{"UniqueID", name}, {"NewLeaseTime", std::to_string(lease.count())}}));
    }
    int look(const std::string& name) override {
        return code(ask("GetPinholePackets", {{"UniqueID", name}}));
    }
    int remove(const std::string& name) override { return code(ask("DeletePinhole", {{"UniqueID", name}})); }

private:
    static constexpr int nobody = -1;
    static constexpr std::size_t longest_name = 8;

    [[nodiscard]] std::optional<SoapAnswer> ask(std::string_view action,
                                                const SoapArguments& arguments) const {
        return parse_soap(soap_.ask(at_, soap_post(at_, service_, action, arguments)));
    }
    static int code(const std::optional<SoapAnswer>& answer) { return answer ? answer->code : nobody; }

    const HttpPlace at_;
    const std::string service_;
    const SoapDriver soap_;
};

}  // namespace

/// Its description has an address of its own; the default route leads to its link-local one.
std::string UpnpFirewall::why_not(std::string_view url) const {
    const auto host = host6_of(url);
    if (!host) return why_not_believed(url, gateway_.address);
    if (is_same_machine(*host, gateway_.address.to_v6(), gateway_.interface)) return {};
    return why_not_believed(url, gateway_.address);
}

void UpnpFirewall::read(const char* description_url) {
    UPNPUrls urls{};
    IGDdatas data{};
    std::array<char, 64> own{};
    if (UPNP_GetIGDFromUrl(description_url, &urls, &data, own.data(), static_cast<int>(own.size())) != 1)
        return;
    if (data.IPv6FC.servicetype[0] != '\0' && urls.controlURL_6FC != nullptr) {
        if (auto why = why_not(urls.controlURL_6FC); !why.empty()) {
            complaint_ = std::move(why);
        } else {
            const auto at = http_place(urls.controlURL_6FC);
            if (at && gateway_.own.is_v6() && is_service_type(data.IPv6FC.servicetype))
                control_ = std::make_unique<Control>(*at, data.IPv6FC.servicetype, gateway_.own.to_v6(),
                                                     gateway_.interface);
        }
    }
    FreeUPNPUrls(&urls);
}

bool UpnpFirewall::find(const Gateway& gateway) {
    if (control_ && gateway_ == gateway) return true;
    if (gateway_ != gateway) pinholes_.forget();
    control_.reset();
    gateway_ = gateway;
    complaint_.clear();
    std::array<char, IF_NAMESIZE> interface {};
    if (if_indextoname(gateway.interface, interface.data()) == nullptr) return false;
    int error = 0;
    UPNPDev* devices = upnpDiscoverDevice(service_type, static_cast<int>(search_time.count()),
                                          interface.data(), nullptr, UPNP_LOCAL_PORT_ANY, 1, 2, &error);
    for (const UPNPDev* device = devices; device != nullptr && !control_; device = device->pNext) {
        if (auto why = why_not(device->descURL == nullptr ? "" : device->descURL); !why.empty()) {
            complaint_ = std::move(why);
        } else {
            read(device->descURL);
        }
    }
    freeUPNPDevlist(devices);
    return control_ != nullptr;
}

MappingAnswer UpnpFirewall::answer(const MappingRequest& request) {
    if (!find(request.gateway)) {
        MappingAnswer silence;
        silence.id = request.id;
        silence.protocol = GatewayProtocol::upnp;
        silence.fault = complaint_;
        return silence;
    }
    auto answer = pinholes_.answer(*control_, request);
    if (!answer.speaks) control_.reset();  // perhaps the router came back with another port
    return answer;
}

std::vector<MappingEnd> UpnpFirewall::end(const Gateway& gateway, const std::vector<MappingEnd>& ends) {
    if (!find(gateway)) return ends;
    return pinholes_.end(*control_, ends);
}

}  // namespace node
