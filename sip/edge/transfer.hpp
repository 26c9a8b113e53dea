// sip/edge/transfer.hpp - a call is transferred (REFER, RFC 3515) to somebody whose address one side alone
// can call: its own node's address in the LAN, a short number, the Contact of a phone behind it. Refer-To is
// written anew on the way, so that the other side's phone can call him; what it says beside the address
// (Replaces, RFC 3891) stays.
// Pure functions of what they are given. SIP loop only.
#pragma once

#include <optional>
#include <string>

#include "sip/edge/edge_host.hpp"
#include "sip/edge/own_hosts.hpp"
#include "sip/registrar/registrar.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

/// The Refer-To of a phone of ours, for others: the full name of a user or contact of ours. `flow`: of that
/// phone. Nothing: it may stay as it is.
[[nodiscard]] std::optional<std::string> refer_to_for_others(std::string_view refer_to, const OwnHosts& own,
                                                             const Flow& flow, const Registrar& registrar,
                                                             const EdgeHost& host,
                                                             std::chrono::steady_clock::time_point now);

/// The Refer-To of somebody, for a phone of ours: a name that DNS does not know is dialled at our address
/// (`carol%40<key>.hedge.alt@<address>`). `at`: our address as that phone meets it. baresip 1.0.0 takes the
/// URI for a format of printf, and dials something else for each % in it: it gets the name in a parameter,
/// which it keeps (request_target.hpp).
[[nodiscard]] std::optional<std::string> refer_to_for_phone(std::string_view refer_to, const OwnHosts& own,
                                                            const Binding& phone, const Endpoint& at);

/// The address by which everybody knows whom `uri` means to us, who met it over `flow`: a user of ours, a
/// contact, or whose whole address stands in it in a form for phones. Empty: none of these.
[[nodiscard]] std::string full_name_of(const UriView& uri, const OwnHosts& own, const Flow& flow,
                                       const EdgeHost& host);

}  // namespace sip
