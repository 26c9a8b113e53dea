// sip/registrar/binding.hpp - one address-of-record's way to one phone (RFC 3261 §10), and where bindings are
// kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/edge/redirect_or_proxy.hpp"
#include "sip/flow.hpp"

namespace sip {

/// Both clocks, handed in: steady for timers, wall for what outlives a restart.
struct Now {
    std::chrono::steady_clock::time_point steady;
    std::chrono::sys_seconds wall;
};

struct Binding {
    std::string contact;     // URI as registered, parameters included, without <>
    std::uint16_t q = 1000;  // thousandths
    std::chrono::sys_seconds expires;
    std::string call_id;
    std::uint32_t cseq = 0;
    std::string instance;      // +sip.instance, without the quotes; empty when the phone gave none
    std::uint32_t reg_id = 0;  // RFC 5626; 0: none
    std::string path;          // Path values as received, comma separated (RFC 3327); kept for the proxy
    std::string user_agent;    // at most 128 bytes
    std::string parameters;    // unknown Contact header parameters, given back on fetch
    Flow flow;                 // the flow it registered on
    friend bool operator==(const Binding&, const Binding&) = default;
};

/// Where bindings outlive the process. SIP loop only. replace() is durable against kill -9 when it returns,
/// because the 200 follows it; it returns false when it could not be kept (the phone then gets a 500).
class BindingStore {
public:
    virtual ~BindingStore() = default;
    virtual std::map<std::string, std::vector<Binding>> load() = 0;  // by user (canonical label)
    [[nodiscard]] virtual bool replace(std::string_view user, const std::vector<Binding>& bindings) = 0;
};

/// HA1 values (RFC 7616 §3.4.2), lowercase hex, for the realm of the edge. The password is not kept.
struct Credentials {
    std::string ha1_md5;
    std::string ha1_sha256;
    std::optional<Delivery> delivery = {};  // what this account asks for; nothing: as the node
};

class Users {
public:
    virtual ~Users() = default;
    /// nullptr when there is no such user. The pointer is valid until the next call on the SIP loop.
    virtual const Credentials* find(std::string_view user) = 0;
};

}  // namespace sip
