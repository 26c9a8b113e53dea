// node/reach/advertised_hosts.hpp - the host names of sip.advertise, as of DynDNS: when each is to be looked
// up, and to which addresses they lead. A core: names come out, what DNS says and time go in. SIP loop only.
// 1. Looked up at the start, every five minutes, and when others see us elsewhere; after a failure every half
//    a minute.
// 2. While DNS does not answer, what it said last counts. What it denies counts no more.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/config/config.hpp"

namespace node {

/// What DNS says of a host.
struct HostAddresses {
    std::vector<asio::ip::address> addresses;
    std::string fault;    // why there are none; the end of a sentence
    bool denied = false;  // it has none, for sure
};

class AdvertisedHosts {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr auto look_again = std::chrono::minutes(5);
    static constexpr auto failed_again = std::chrono::seconds(30);
    static constexpr auto patience = std::chrono::seconds(60);  // libunbound tries so long
    static constexpr auto at_most_every = std::chrono::seconds(10);

    explicit AdvertisedHosts(std::vector<AdvertisedHost> hosts);

    /// To be looked up now; each is answered() then.
    [[nodiscard]] std::vector<std::string> due(Time now);
    void answered(const std::string& host, HostAddresses says, Time now);
    /// Others see us elsewhere.
    void look_soon(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;

    [[nodiscard]] bool empty() const noexcept { return hosts_.empty(); }
    /// In the order of the configuration, each once.
    [[nodiscard]] std::vector<overlay::TransportAddress> addresses() const;
    /// Names that lead nowhere now, and why: "home.example.org (no such name)".
    [[nodiscard]] std::vector<std::string> faults() const;

private:
    struct Known {
        HostAddresses says;
        bool answered = false;
        Time due{}, asked_at{};
    };
    std::vector<AdvertisedHost> hosts_;
    std::map<std::string, Known> known_;
};

}  // namespace node
