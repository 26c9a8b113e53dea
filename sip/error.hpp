// sip/error.hpp - why bytes are no SIP message, URI or header value.
#pragma once

#include <system_error>
#include <tl/expected.hpp>

namespace sip {

enum class Errc {
    not_sip = 1,  // no start line, or not a SIP one: nothing can be answered
    incomplete,   // ends before the empty line
    bad_uri,
    bad_name_addr,
    bad_via,
    bad_cseq,
    bad_number,
    bad_parameter,
    bad_credentials,
    bad_framing,  // TCP: a Content-Length that cannot be right; the connection must close
    too_large,
};

const std::error_category& category() noexcept;
inline std::error_code make_error_code(Errc e) noexcept {
    return {static_cast<int>(e), category()};
}

template <typename T>
using Result = tl::expected<T, std::error_code>;
inline tl::unexpected<std::error_code> fail(Errc e) {
    return tl::unexpected(make_error_code(e));
}

}  // namespace sip

template <>
struct std::is_error_code_enum<sip::Errc> : std::true_type {};
