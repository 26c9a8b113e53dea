// sip/syntax/header_names.cpp - methods and header fields by name: full
// and compact (RFC 3261 §7.3.3, §20), any case.
#include "sip/syntax/header_names.hpp"

#include <array>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"

namespace sip {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Method::unknown)> method_names{
    "INVITE",    "ACK",    "BYE",     "CANCEL", "REGISTER", "OPTIONS", "PRACK",
    "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO",   "REFER",    "MESSAGE", "UPDATE"};

constexpr std::size_t header_count = static_cast<std::size_t>(Header::other);
constexpr std::array<std::string_view, header_count> header_names{"Accept",
                                                                  "Allow",
                                                                  "Authentication-Info",
                                                                  "Authorization",
                                                                  "Call-ID",
                                                                  "Contact",
                                                                  "Content-Encoding",
                                                                  "Content-Length",
                                                                  "Content-Type",
                                                                  "CSeq",
                                                                  "Date",
                                                                  "Event",
                                                                  "Expires",
                                                                  "From",
                                                                  "Max-Breadth",
                                                                  "Max-Forwards",
                                                                  "Min-Expires",
                                                                  "Path",
                                                                  "Proxy-Authenticate",
                                                                  "Proxy-Authorization",
                                                                  "Proxy-Require",
                                                                  "Reason",
                                                                  "Record-Route",
                                                                  "Refer-To",
                                                                  "Require",
                                                                  "Retry-After",
                                                                  "Route",
                                                                  "Server",
                                                                  "Service-Route",
                                                                  "Subject",
                                                                  "Supported",
                                                                  "To",
                                                                  "Unsupported",
                                                                  "User-Agent",
                                                                  "Via",
                                                                  "Warning",
                                                                  "WWW-Authenticate"};
static_assert(!header_names.back().empty() && !method_names.back().empty());

// A perfect hash over length, first and last letter; the multipliers are found by the compiler.
struct Hash {
    unsigned a, b, c;
    constexpr std::size_t operator()(std::string_view s) const noexcept {
        const auto first = static_cast<unsigned>(static_cast<unsigned char>(s.front()) | 0x20U);
        const auto last = static_cast<unsigned>(static_cast<unsigned char>(s.back()) | 0x20U);
        const auto length = static_cast<unsigned>(s.size());
        return (length * a + first * b + last * c) & 255U;
    }
};

constexpr bool perfect(Hash h) {
    std::array<bool, 256> taken{};
    for (const std::string_view n : header_names) {
        if (taken[h(n)]) return false;
        taken[h(n)] = true;
    }
    return true;
}

consteval Hash find_hash() {
    for (unsigned a = 1; a < 16; ++a) {
        for (unsigned b = 1; b < 16; ++b) {
            for (unsigned c = 1; c < 16; ++c) {
                if (perfect({a, b, c})) return {a, b, c};
            }
        }
    }
    return {0, 0, 0};
}
constexpr Hash hash = find_hash();
static_assert(hash.a != 0, "no multipliers found: give two names another table");

constexpr auto slots = [] {
    std::array<Header, 256> t{};
    t.fill(Header::other);
    for (std::size_t i = 0; i < header_count; ++i)
        t[hash(header_names[i])] = static_cast<Header>(i);
    return t;
}();

Header compact(char c) noexcept {
    switch (grammar::lower(c)) {
        case 'c': return Header::content_type;
        case 'e': return Header::content_encoding;
        case 'f': return Header::from;
        case 'i': return Header::call_id;
        case 'k': return Header::supported;
        case 'l': return Header::content_length;
        case 'm': return Header::contact;
        case 'o': return Header::event;     // RFC 6665 §8.2.1
        case 'r': return Header::refer_to;  // RFC 3515 §2.1
        case 's': return Header::subject;
        case 't': return Header::to;
        case 'v': return Header::via;
        default: return Header::other;
    }
}

// Compact forms of headers that have no number here.
std::string_view compact_other(std::string_view name) noexcept {
    if (name.size() != 1) return name;
    switch (grammar::lower(name.front())) {
        case 'a': return "Accept-Contact";       // RFC 3841
        case 'b': return "Referred-By";          // RFC 3892
        case 'd': return "Request-Disposition";  // RFC 3841
        case 'j': return "Reject-Contact";       // RFC 3841
        case 'u': return "Allow-Events";         // RFC 6665
        case 'x': return "Session-Expires";      // RFC 4028
        case 'y': return "Identity";             // RFC 8224
        default: return name;
    }
}

}  // namespace

std::string_view name(Method m) noexcept {
    return m == Method::unknown ? "" : method_names[static_cast<std::size_t>(m)];
}

Method method_of(std::string_view token) noexcept {
    for (std::size_t i = 0; i < method_names.size(); ++i) {
        if (method_names[i] == token) return static_cast<Method>(i);
    }
    return Method::unknown;
}

std::string_view name(Header h) noexcept {
    return h == Header::other ? "" : header_names[static_cast<std::size_t>(h)];
}

Header header_of(std::string_view field_name) noexcept {
    if (field_name.empty()) return Header::other;
    if (field_name.size() == 1) return compact(field_name.front());
    const Header h = slots[hash(field_name)];
    return h != Header::other && equal_nocase(name(h), field_name) ? h : Header::other;
}

bool same_header(std::string_view a, std::string_view b) noexcept {
    const Header known = header_of(a);
    if (known != Header::other) return known == header_of(b);
    return equal_nocase(compact_other(a), compact_other(b));
}

}  // namespace sip
