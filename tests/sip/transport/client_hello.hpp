// tests/sip/transport/client_hello.hpp - a ClientHello by hand (RFC 8446 §4.1.2), as long as a test wants it.
#pragma once

#include <string>
#include <string_view>

namespace sip::made {

inline std::string number(std::size_t value, std::size_t bytes) {
    std::string out;
    for (std::size_t i = bytes; i-- > 0;)
        out += static_cast<char>(value >> (8 * i));
    return out;
}

inline std::string with_length(std::string_view content, std::size_t length_bytes) {
    return number(content.size(), length_bytes) + std::string(content);
}

/// Of type 0 with one host_name (RFC 6066 §3).
inline std::string server_name(std::string_view name) {
    const std::string entry = number(0, 1) + with_length(name, 2);
    return number(0, 2) + with_length(with_length(entry, 2), 2);
}

inline std::string extension(std::size_t type, std::string_view data) {
    return number(type, 2) + with_length(data, 2);
}

/// The handshake message.
inline std::string hello_message(std::string_view extensions) {
    const std::string hello = "\x03\x03" + std::string(32, 'r') + with_length("", 1) +
                              with_length(std::string("\x13\x01", 2), 2) +
                              with_length(std::string(1, '\0'), 1) + with_length(extensions, 2);
    return number(1, 1) + with_length(hello, 3);
}

/// In one record.
inline std::string client_hello(std::string_view extensions) {
    return number(22, 1) + "\x03\x01" + with_length(hello_message(extensions), 2);
}

}  // namespace sip::made
