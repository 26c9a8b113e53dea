// sip/registrar/binding.hpp - one address-of-record's way to one phone (RFC 3261 §10), and where bindings are
// kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sip/flow.hpp"

namespace sip {

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
    Flow flow;                 // it registered on; UDP without a NAT: to where its Contact says
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

}  // namespace sip
