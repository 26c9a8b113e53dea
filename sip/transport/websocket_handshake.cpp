// sip/transport/websocket_handshake.cpp - reads the upgrade, and says yes or why not.
#include "sip/transport/websocket_handshake.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>

#include <array>
#include <optional>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {
namespace {

struct Request {
    std::string_view method, version;
    std::optional<std::string_view> host, origin;
    bool upgrades = false, connection_upgrades = false, speaks_sip = false;
    int versions = 0, keys = 0;
    bool version_13 = false;
    std::string_view key;
    int origins = 0;
};

/// "a, b" holds `wanted`; `any_case` as for Connection and Upgrade.
bool lists(std::string_view value, std::string_view wanted, bool any_case) {
    while (!value.empty()) {
        const auto comma = value.find(',');
        const auto item = grammar::trim(value.substr(0, comma));
        if (any_case ? equal_nocase(item, wanted) : item == wanted) return true;
        value = comma == std::string_view::npos ? std::string_view{} : value.substr(comma + 1);
    }
    return false;
}

void read_field(Request& request, std::string_view name, std::string_view value) {
    if (equal_nocase(name, "Host")) request.host = value;
    if (equal_nocase(name, "Upgrade")) request.upgrades |= lists(value, "websocket", true);
    if (equal_nocase(name, "Connection")) request.connection_upgrades |= lists(value, "upgrade", true);
    if (equal_nocase(name, "Sec-WebSocket-Version")) {
        ++request.versions;
        request.version_13 = value == "13";
    }
    if (equal_nocase(name, "Sec-WebSocket-Key")) {
        ++request.keys;
        request.key = value;
    }
    // RFC 7118 §4.1; a subprotocol is compared as it stands.
    if (equal_nocase(name, "Sec-WebSocket-Protocol")) request.speaks_sip |= lists(value, "sip", false);
    if (equal_nocase(name, "Origin")) {
        ++request.origins;
        request.origin = value;
    }
}

/// Nothing: not HTTP. Folded lines (RFC 9112 §5.2) are refused.
std::optional<Request> read(std::string_view header) {
    Request request;
    auto end = header.find("\r\n");
    std::string_view line = header.substr(0, end);
    const auto first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return std::nullopt;
    request.method = line.substr(0, first);
    request.version = line.substr(last + 1);
    if (!request.version.starts_with("HTTP/")) return std::nullopt;
    while (end != std::string_view::npos) {
        header.remove_prefix(end + 2);
        end = header.find("\r\n");
        line = header.substr(0, end);
        if (line.empty()) break;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !grammar::all(line.substr(0, colon), grammar::token))
            return std::nullopt;
        const auto value = grammar::trim(line.substr(colon + 1));
        for (const char c : value) {
            if (grammar::is_control(c) && c != '\t') return std::nullopt;
        }
        read_field(request, line.substr(0, colon), value);
    }
    return request;
}

/// §4.2.1 point 5: 16 bytes in base64.
bool is_key(std::string_view key) {
    std::array<unsigned char, 16> bytes{};
    std::size_t size = 0;
    return key.size() == 24 &&
           sodium_base642bin(bytes.data(), bytes.size(), key.data(), key.size(), nullptr, &size, nullptr,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           size == bytes.size();
}

/// §4.2.2 step 5.4.
std::string accept_value(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, 20> digest{};
    if (gnutls_hash_fast(GNUTLS_DIG_SHA1, text.data(), text.size(), digest.data()) != 0) return {};
    std::array<char, sodium_base64_ENCODED_LEN(20, sodium_base64_VARIANT_ORIGINAL)> encoded{};
    sodium_bin2base64(encoded.data(), encoded.size(), digest.data(), digest.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    return encoded.data();
}

/// "node.test:8443" without its port.
std::string_view without_port(std::string_view authority) {
    const auto bracket = authority.rfind(']');
    const auto colon = authority.rfind(':');
    const bool port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    return port ? authority.substr(0, colon) : authority;
}

/// A page of the very host that is connected to, over any port: nobody else can put one there.
bool same_host(std::string_view origin, std::string_view host) {
    const auto scheme = origin.find("://");
    if (scheme == std::string_view::npos) return false;
    return equal_nocase(without_port(origin.substr(scheme + 3)), without_port(host));
}

bool may_connect(const Request& request, const OriginPolicy& allowed) {
    if (!request.origin) return true;  // a page cannot leave it out
    if (request.origins > 1) return false;
    return allowed ? allowed(*request.origin) : same_host(*request.origin, *request.host);
}

Upgrade refuse(std::string_view status, std::string_view says, std::string_view fields = {}) {
    std::string answer = "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(fields);
    answer += "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: ";
    return {false, false, answer + std::to_string(says.size()) + "\r\n\r\n" + std::string(says)};
}

Upgrade judge(const Request& request, const OriginPolicy& allowed) {
    if (request.method != "GET") return refuse("405 Method Not Allowed", "", "Allow: GET\r\n");
    if (!request.upgrades || !request.connection_upgrades || request.version != "HTTP/1.1") {
        // Who comes here with a browser wants to accept the certificate.
        return refuse("426 Upgrade Required",
                      "A browser phone can reach this Hedgewitch node here. If your browser asked about its "
                      "certificate, that is settled now; you may close this page.\n",
                      "Upgrade: websocket\r\n");
    }
    if (!request.host) return refuse("400 Bad Request", "Host is missing.\n");
    if (request.versions != 1 || !request.version_13)
        return refuse("426 Upgrade Required", "", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    if (request.keys != 1 || !is_key(request.key))
        return refuse("400 Bad Request", "Sec-WebSocket-Key is no key.\n");
    if (!request.speaks_sip)
        return refuse("400 Bad Request", "Only the subprotocol \"sip\" is spoken here.\n");
    if (!may_connect(request, allowed))
        return refuse("403 Forbidden", "Pages from there may not use this node (sip.web_origins).\n");
    return {true, false,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: " +
                accept_value(request.key) + "\r\nSec-WebSocket-Protocol: sip\r\n\r\n"};
}

}  // namespace

Upgrade answer_upgrade(std::string_view header, const OriginPolicy& allowed) {
    const auto request = read(header);
    if (!request) return refuse("400 Bad Request", "This is not HTTP.\n");
    auto upgrade = judge(*request, allowed);
    upgrade.is_page = !request->upgrades;
    return upgrade;
}

}  // namespace sip
