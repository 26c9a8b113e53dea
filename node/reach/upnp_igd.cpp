// node/reach/upnp_igd.cpp - miniupnpc's search, description and actions.
#include "node/reach/upnp_igd.hpp"

#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "crypto/identity.hpp"
#include "node/reach/upnp_offer.hpp"

namespace node {
namespace {

constexpr std::size_t most_connections = 8;

const char* protocol_of(bool tcp) {
    return tcp ? "TCP" : "UDP";
}

std::uint16_t random_port() {
    std::array<std::uint8_t, 2> random{};
    crypto::random_bytes(random);
    return static_cast<std::uint16_t>(20000 + (random[0] << 8U | random[1]) % 40000);
}

std::uint16_t to_port(const char* text) {
    std::uint16_t port = 0;
    std::from_chars(text, text + std::char_traits<char>::length(text), port);
    return port;
}

std::string_view text_of(const char* text) {
    return text == nullptr ? std::string_view() : text;
}

/// miniupnpc's buffers, filled with what a router says.
template <std::size_t N>
std::string text_of(const std::array<char, N>& buffer) {
    return {buffer.begin(), std::find(buffer.begin(), buffer.end(), '\0')};
}

class Connection final : public WanConnection {
public:
    Connection(std::string control_url, std::string service)
        : url_(std::move(control_url)), service_(std::move(service)) {}

    int status(std::string& text) override {
        std::array<char, 64> status{}, error{};
        unsigned uptime = 0;
        const int code =
            UPNP_GetStatusInfo(url_.c_str(), service_.c_str(), status.data(), &uptime, error.data());
        text = text_of(status);
        return code;
    }
    int external_address(std::string& text) override {
        std::array<char, 64> address{};
        const int code = UPNP_GetExternalIPAddress(url_.c_str(), service_.c_str(), address.data());
        text = text_of(address);
        return code;
    }
    int add(const InnerPort& inner, std::uint16_t outer, const std::string& own,
            std::chrono::seconds lease) override {
        return UPNP_AddPortMapping(url_.c_str(), service_.c_str(), std::to_string(outer).c_str(),
                                   std::to_string(inner.port).c_str(), own.c_str(), "Hedgewitch",
                                   protocol_of(inner.tcp), nullptr, std::to_string(lease.count()).c_str());
    }
    int look(bool tcp, std::uint16_t outer, UpnpEntry& entry) override {
        std::array<char, 64> client{};
        std::array<char, 16> port{}, enabled{};
        std::array<char, 128> description{};
        std::array<char, 32> lease{};
        const int code = UPNP_GetSpecificPortMappingEntry(
            url_.c_str(), service_.c_str(), std::to_string(outer).c_str(), protocol_of(tcp), nullptr,
            client.data(), port.data(), description.data(), enabled.data(), lease.data());
        entry = {text_of(client), to_port(text_of(port).c_str())};
        return code;
    }
    int remove(bool tcp, std::uint16_t outer) override {
        return UPNP_DeletePortMapping(url_.c_str(), service_.c_str(), std::to_string(outer).c_str(),
                                      protocol_of(tcp), nullptr);
    }

private:
    const std::string url_, service_;
};

}  // namespace

/// A description may have two connections; miniupnpc reads no more of one.
void UpnpIgd::read(const char* description_url, const Gateway& gateway) {
    UPNPUrls urls{};
    IGDdatas data{};
    std::array<char, 64> own{};
    if (UPNP_GetIGDFromUrl(description_url, &urls, &data, own.data(), static_cast<int>(own.size())) != 1)
        return;
    const auto second = data.second;
    for (int i = 0; i < 2; ++i) {
        const std::string control(text_of(urls.controlURL));
        const auto why = why_not_believed(control, gateway.address);
        if (!why.empty()) {
            complaint_ = why;
        } else if (data.first.servicetype[0] != '\0' && candidates_.size() < most_connections) {
            candidates_.push_back(std::make_unique<Connection>(control, data.first.servicetype));
        }
        FreeUPNPUrls(&urls);
        urls = {};
        if (i > 0 || second.servicetype[0] == '\0') break;
        data.first = second;
        GetUPNPUrls(&urls, &data, description_url, 0);
    }
    FreeUPNPUrls(&urls);
}

bool UpnpIgd::find(const Gateway& gateway) {
    if (connection_ && gateway_ == gateway) return true;
    forget();
    gateway_ = gateway;
    complaint_.clear();
    candidates_.clear();
    int error = 0;
    UPNPDev* devices = upnpDiscover(static_cast<int>(search_time.count()), gateway.own.to_string().c_str(),
                                    nullptr, UPNP_LOCAL_PORT_ANY, 0, 2, &error);
    for (const UPNPDev* device = devices; device != nullptr; device = device->pNext) {
        if (auto why = why_not_believed(text_of(device->descURL), gateway.address); !why.empty()) {
            complaint_ = std::move(why);
        } else {
            read(device->descURL, gateway);
        }
    }
    freeUPNPDevlist(devices);
    if (candidates_.empty()) return false;
    std::vector<WanConnection*> all;
    for (const auto& each : candidates_)
        all.push_back(each.get());
    connection_ = std::move(candidates_[connection_in_use(all)]);
    candidates_.clear();
    return true;
}

MappingAnswer UpnpIgd::answer(const MappingRequest& request) {
    MappingAnswer answer;
    answer.id = request.id;
    answer.protocol = GatewayProtocol::upnp;
    if (!find(request.gateway)) {
        answer.fault = complaint_;
        return answer;
    }
    std::string text;
    const int code = connection_->external_address(text);
    if (code < 0) {  // no HTTP answer: perhaps the router came back with another port
        forget();
        return answer;
    }
    answer.speaks = true;
    asio::error_code none;
    const auto outer = asio::ip::make_address_v4(text, none);
    if (code != upnp_ok || none || outer.is_unspecified()) {
        answer.fault = code != upnp_ok ? upnp_fault(code) : "it has no address itself";
        forget();  // another of its connections may come up
        return answer;
    }
    answer.outer_address = outer;
    for (const auto& wish : request.wishes)
        answer.grants.push_back(ask_for_port(*connection_, wish, request, random_port));
    for (const auto& end : request.ends)
        (void)end_mapping(*connection_, end);
    return answer;
}

std::vector<MappingEnd> UpnpIgd::end(const Gateway& gateway, const std::vector<MappingEnd>& ends) {
    if (!find(gateway)) return ends;
    std::vector<MappingEnd> left;
    for (const auto& each : ends)
        if (end_mapping(*connection_, each) == Ended::no_answer) left.push_back(each);
    return left;
}

}  // namespace node
