// node/reach/dial_back.hpp - how one edge asks another: "please dial me back, at this address of mine". The
// only honest check of an address without a server in the middle: somebody outside comes in through it.
// clang-format off
//   over TCP   OPTIONS sip:<witness>   Hedgewitch-Call-Back: <id>;to=udp:203.0.113.5:5060
//              200                     Hedgewitch-Call-Back: <id>
//   then       OPTIONS sip:203.0.113.5:5060   Hedgewitch-Called-Back: <id>    from a socket made for this
//   or, to=tls:  "HWp" 1 || the id's 15 bytes || 0, as a pipe of a relay begins (sip/transport/first_bytes.hpp)
// clang-format on
// No reflector: it is asked over TCP alone, where the source of a question is proved, and calls back to that
// very address, a port of the asker's choice above 1023, with two datagrams or one connection. No oracle
// either: what came of it is not told. The socket is a new one, as the router of the asker may let in what
// answers something. (The fields are named as 0.3 named them: older nodes answer to nothing else.)
// Who is no contact is asked by way of the DHT's port (overlay/call_back.hpp), where a cookie has proved his
// address; the call is the same. Pure; the limits are a core. SIP loop only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "overlay/call_back.hpp"
#include "overlay/transport_address.hpp"
#include "sip/flow.hpp"
#include "sip/recent_map.hpp"
#include "sip/token_bucket.hpp"

namespace node {

inline constexpr std::string_view dial_back_header = "Hedgewitch-Call-Back";
inline constexpr std::string_view dialled_back_header = "Hedgewitch-Called-Back";

struct DialBackWish {
    std::string id;                // 24 characters of base32: only who was asked can know it
    overlay::TransportAddress to;  // UDP, TCP or TLS
    friend bool operator==(const DialBackWish&, const DialBackWish&) = default;
};
std::string to_text(const DialBackWish& wish);
std::optional<DialBackWish> parse_dial_back(std::string_view text);
/// The same, as the overlay brought it.
DialBackWish wish_of(const overlay::CallBackWish& wish);
/// 24 characters of base32?
bool is_dial_back_id(std::string_view text);

struct DialBackCounters {
    std::uint64_t called = 0, refused = 0, too_often = 0;
};

/// Whom this node dials back.
class DialBackLimits {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr auto between = std::chrono::seconds(5);  // for one source: an IPv4 address, an IPv6 /64
    static constexpr unsigned burst = 6;                      // UDP, TCP and TLS of two addresses
    static constexpr unsigned at_most_a_minute = 60;          // in all
    // Of 60 a minute no more than these can have something to wait for.
    static constexpr std::size_t max_sources = 1024;

    /// `flow`: on which it was asked.
    [[nodiscard]] bool admit(const sip::Flow& flow, const DialBackWish& wish, Time now);
    /// One that came over the DHT's port, by a cookie.
    [[nodiscard]] bool admit(const overlay::CallBackWish& wish, Time now);
    [[nodiscard]] const DialBackCounters& counters() const noexcept { return counters_; }

private:
    [[nodiscard]] bool admit(bool proved, const asio::ip::address& source,
                             const overlay::TransportAddress& to, Time now);
    [[nodiscard]] bool in_time(const asio::ip::address& source, Time now);

    DialBackCounters counters_;
    sip::RecentMap<asio::ip::address, sip::TokenBucket> sources_{max_sources};
    sip::TokenBucket all_{at_most_a_minute, std::chrono::minutes(1)};
};

}  // namespace node
