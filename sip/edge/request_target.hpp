// sip/edge/request_target.hpp - whom a Request-URI names: this node, one of its users, or somebody else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/answer.hpp"
#include "sip/edge/own_hosts.hpp"
#include "sip/error.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

/// What was dialled, read once.
struct DialledUri {
    std::string user;  // unescaped; empty: the host itself
    std::string host;  // lowercase; IPv6 without brackets
    std::optional<std::uint16_t> port;
    std::optional<std::string> transport;  // of the URI parameter, lowercase
    bool sips = false;
    friend bool operator==(const DialledUri&, const DialledUri&) = default;
};
/// REQUIRES: uri.is_sip().
[[nodiscard]] DialledUri dialled(const UriView& uri);

/// A URI parameter at our own host: `sip:bob@us;hw-at=host` means bob@host, as `sip:bob%40host@us` does.
inline constexpr std::string_view other_host = "hw-at";

struct Target {
    std::string uri;     // what is asked for; of the percent form the inner address
    DialledUri dialled;  // the same, read
    bool host_is_own = false;
    bool percent_form = false;         // sip:bob%40host@us, or hw-at: only our own phones may dial so
    std::optional<std::string> label;  // of a user part at a host of ours
};

/// The error is the answer: 416 for another scheme, 404 for a user part that nobody can have.
[[nodiscard]] tl::expected<Target, Answer> target_of(std::string_view request_uri, const OwnHosts& own,
                                                     const Flow& flow);

}  // namespace sip
