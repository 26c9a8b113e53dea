// node/reach/upnp_firewall.cpp - miniupnpc's search over IPv6, and WANIPv6FirewallControl's actions.
#include "node/reach/upnp_firewall.hpp"

#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <net/if.h>

#include <algorithm>
#include <array>

#include "node/reach/neighbours.hpp"
#include "node/reach/upnp_offer.hpp"

namespace node {
namespace {

constexpr const char* service_type = "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1";

class Control final : public FirewallControl {
public:
    Control(std::string control_url, std::string service)
        : url_(std::move(control_url)), service_(std::move(service)) {}

    int status(bool& on, bool& opens) override {
        int enabled = 1, allowed = 1;
        const int code = UPNP_GetFirewallStatus(url_.c_str(), service_.c_str(), &enabled, &allowed);
        on = enabled != 0;
        opens = allowed != 0;
        return code;
    }
    int add(const InnerPort& inner, const std::string& own, std::chrono::seconds lease,
            std::string& name) override {
        std::array<char, 16> id{};
        const int code = UPNP_AddPinhole(url_.c_str(), service_.c_str(), "empty", "0", own.c_str(),
                                         std::to_string(inner.port).c_str(), inner.tcp ? "6" : "17",
                                         std::to_string(lease.count()).c_str(), id.data());
        name.assign(id.begin(), std::find(id.begin(), id.end(), '\0'));
        return code;
    }
    int renew(const std::string& name, std::chrono::seconds lease) override {
        return UPNP_UpdatePinhole(url_.c_str(), service_.c_str(), name.c_str(),
                                  std::to_string(lease.count()).c_str());
    }
    int look(const std::string& name) override {
        int packets = 0;
        return UPNP_GetPinholePackets(url_.c_str(), service_.c_str(), name.c_str(), &packets);
    }
    int remove(const std::string& name) override {
        return UPNP_DeletePinhole(url_.c_str(), service_.c_str(), name.c_str());
    }

private:
    const std::string url_, service_;
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
            control_ = std::make_unique<Control>(urls.controlURL_6FC, data.IPv6FC.servicetype);
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
