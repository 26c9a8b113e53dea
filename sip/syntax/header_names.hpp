// sip/syntax/header_names.hpp - methods and header fields by name: full and compact (RFC 3261 §7.3.3, §20),
// any case.
#pragma once

#include <cstdint>
#include <string_view>

namespace sip {

enum class Method : std::uint8_t {
    invite,
    ack,
    bye,
    cancel,
    register_,
    options,
    prack,
    subscribe,
    notify,
    publish,
    info,
    refer,
    message,
    update,
    unknown,  // a token we do not know; method_text() has it
};
std::string_view name(Method m) noexcept;
Method method_of(std::string_view token) noexcept;  // case-sensitive, §7.1

enum class Header : std::uint8_t {
    accept,
    allow,
    authentication_info,
    authorization,
    call_id,
    contact,
    content_encoding,
    content_length,
    content_type,
    cseq,
    date,
    event,
    expires,
    from,
    max_breadth,
    max_forwards,
    min_expires,
    path,
    proxy_authenticate,
    proxy_authorization,
    proxy_require,
    reason,
    record_route,
    refer_to,
    require,
    retry_after,
    route,
    server,
    service_route,
    subject,
    supported,
    to,
    unsupported,
    user_agent,
    via,
    warning,
    www_authenticate,
    other,
};
std::string_view name(Header h) noexcept;                // "Call-ID"
Header header_of(std::string_view field_name) noexcept;  // any case, compact forms

/// Whether two field names mean the same header: any case, compact forms, also of headers without a number
/// here.
bool same_header(std::string_view a, std::string_view b) noexcept;

}  // namespace sip
