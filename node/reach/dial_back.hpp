// node/reach/dial_back.hpp - how one edge asks another: "please call me back, at this address of mine". The
// only honest check of an address without a server in the middle: somebody outside comes in through it.
//   over TCP   OPTIONS sip:<witness>   Hedgewitch-Call-Back: <id>;to=udp:203.0.113.5:5060
//              200                     Hedgewitch-Call-Back: <id>
//   then       OPTIONS sip:203.0.113.5:5060   Hedgewitch-Called-Back: <id>    from a socket made for this
// No reflector: it is asked over TCP alone, where the source of a question is proved, and calls back to that
// very address, a port of the asker's choice above 1023, with two datagrams or one connection. No oracle
// either: what came of it is not told. The socket is a new one, as the router of the asker may let in what
// answers something. Pure; the desk is a core. SIP loop only.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "overlay/transport_address.hpp"
#include "sip/flow.hpp"

namespace node {

inline constexpr std::string_view call_back_header = "Hedgewitch-Call-Back";
inline constexpr std::string_view called_back_header = "Hedgewitch-Called-Back";

struct CallBackWish {
    std::string id;                // 24 characters of base32: only who was asked can know it
    overlay::TransportAddress to;  // UDP or TCP
    friend bool operator==(const CallBackWish&, const CallBackWish&) = default;
};
std::string to_text(const CallBackWish& wish);
std::optional<CallBackWish> parse_call_back(std::string_view text);
/// 24 characters of base32?
bool is_call_back_id(std::string_view text);

struct CallBackCounters {
    std::uint64_t called = 0, refused = 0, too_often = 0;
};

/// Whom this node calls back.
class CallBackDesk {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr auto between = std::chrono::seconds(5);  // for one source: an IPv4 address, an IPv6 /64
    static constexpr unsigned burst = 4;                      // UDP and TCP of two addresses
    static constexpr unsigned at_most_a_minute = 60;          // in all
    static constexpr std::size_t max_sources = 1024;

    /// `flow`: on which it was asked.
    [[nodiscard]] bool admit(const sip::Flow& flow, const CallBackWish& wish, Time now);
    [[nodiscard]] const CallBackCounters& counters() const noexcept { return counters_; }

private:
    [[nodiscard]] bool in_time(const asio::ip::address& source, Time now);

    CallBackCounters counters_;
    std::map<asio::ip::address, Time> paid_until_;  // a leaky bucket: one call back costs `between`
    Time all_paid_until_{};
};

}  // namespace node
