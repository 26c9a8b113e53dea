// node/names/idn.cpp - libidn2, and what it leaves to its caller.
#include "node/names/idn.hpp"

#include <idn2.h>

#include <algorithm>
#include <asio/ip/address.hpp>
#include <memory>

#include "node/names/host_name.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

// Four bytes a character of the longest host name, and more than any other spelling of one needs.
constexpr std::size_t max_input = std::size_t{4} * 253;

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool has_a_label(const std::string& lower) {
    return lower.starts_with("xn--") || lower.find(".xn--") != std::string::npos;
}

bool is_literal(const std::string& host) {
    asio::error_code error;
    (void)asio::ip::make_address(host, error);
    return !error;
}

std::optional<std::string> converted(const std::string& host) {
    char* out = nullptr;
    const int code = idn2_to_ascii_8z(host.c_str(), &out, IDN2_NONTRANSITIONAL);
    const std::unique_ptr<char, decltype(&idn2_free)> owned(out, [](void* text) { idn2_free(text); });
    if (code != IDN2_OK || out == nullptr) return std::nullopt;
    return sip::lowercase(out);
}

}  // namespace

std::optional<std::string> to_ascii_host(std::string_view host) {
    if (host.empty() || host.size() > max_input || host.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::string name(host);
    if (is_literal(name)) return name;
    const bool plain = is_ascii(name) && !has_a_label(sip::lowercase(name));
    auto ascii = plain ? std::optional(sip::lowercase(name)) : converted(name);
    if (!ascii) return std::nullopt;
    if (ascii->ends_with('.')) ascii->pop_back();
    if (!is_host_name(*ascii)) return std::nullopt;
    return ascii;
}

}  // namespace node
