// sip/transport/first_bytes.cpp - lengths, and what lies between them.
#include "sip/transport/first_bytes.hpp"

#include <algorithm>

namespace sip {
namespace {

constexpr std::size_t record_header = 5;     // type, version 2, length 2 (RFC 8446 §5.1)
constexpr std::size_t handshake_header = 4;  // type, length 3 (§4)
constexpr unsigned char handshake_record = 22, client_hello = 1;
constexpr unsigned server_name_extension = 0, host_name = 0;  // RFC 6066 §3

unsigned byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

/// Takes fields off the front; once something is missing, there is nothing more.
class Fields {
public:
    explicit Fields(std::string_view bytes) : rest_(bytes) {}
    [[nodiscard]] bool good() const noexcept { return good_; }
    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

    std::size_t number(std::size_t bytes) {
        std::size_t value = 0;
        for (const char c : fixed(bytes))
            value = (value << 8U) | static_cast<unsigned char>(c);
        return value;
    }
    std::string_view fixed(std::size_t size) {
        if (!good_ || rest_.size() < size) {
            good_ = false;
            return {};
        }
        const auto field = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return field;
    }
    /// After its length, of so many bytes.
    std::string_view vector(std::size_t length_bytes) { return fixed(number(length_bytes)); }

private:
    std::string_view rest_;
    bool good_ = true;
};

std::optional<std::string_view> name_in_list(std::string_view extension) {
    Fields outer(extension);
    Fields list(outer.vector(2));
    while (outer.good() && list.good() && !list.empty()) {
        const auto type = list.number(1);
        const auto name = list.vector(2);
        if (list.good() && type == host_name) return name;
    }
    return std::nullopt;
}

FirstBytes more(std::size_t wanted) {
    FirstBytes first;
    first.kind = FirstBytes::Kind::more;
    first.wanted = wanted;
    return first;
}

FirstBytes pipe_in(std::string_view bytes) {
    if (bytes.size() < pipe_header_size) return more(pipe_header_size);
    FirstBytes first;
    first.kind = FirstBytes::Kind::pipe;
    for (std::size_t i = 0; i < first.pipe.size(); ++i)
        first.pipe[i] = static_cast<std::uint8_t>(bytes[pipe_magic.size() + i]);
    return first;
}

}  // namespace

std::string pipe_header(const PipeId& pipe) {
    return std::string(pipe_magic) + std::string(pipe.begin(), pipe.end());
}

std::optional<std::string_view> server_name_in(std::string_view message) {
    Fields whole(message);
    if (whole.number(1) != client_hello) return std::nullopt;
    Fields hello(whole.vector(3));
    if (!whole.good() || !whole.empty()) return std::nullopt;
    hello.fixed(2 + 32);  // legacy_version, random
    hello.vector(1);      // legacy_session_id
    hello.vector(2);      // cipher_suites
    hello.vector(1);      // legacy_compression_methods
    Fields extensions(hello.vector(2));
    while (hello.good() && extensions.good() && !extensions.empty()) {
        const auto type = extensions.number(2);
        const auto data = extensions.vector(2);
        if (extensions.good() && type == server_name_extension) return name_in_list(data);
    }
    return std::nullopt;
}

FirstBytes read_first_bytes(std::string_view bytes) {
    const auto magic = std::min(bytes.size(), pipe_magic.size());
    if (bytes.substr(0, magic) == pipe_magic.substr(0, magic)) return pipe_in(bytes);
    // Decided as early as it can be, so that a prefix of other bytes never waits for more than it has.
    if (byte_at(bytes, 0) != handshake_record || (bytes.size() > 1 && byte_at(bytes, 1) != 3)) return {};
    if (bytes.size() < record_header + 1) return more(record_header + 1);
    const std::size_t record = byte_at(bytes, 3) << 8U | byte_at(bytes, 4);
    if (byte_at(bytes, record_header) != client_hello || record < handshake_header ||
        record + record_header > most_first_bytes)
        return {};
    if (bytes.size() < record_header + handshake_header) return more(record_header + handshake_header);
    const std::size_t message = byte_at(bytes, 6) << 16U | byte_at(bytes, 7) << 8U | byte_at(bytes, 8);
    // A hello in several records is nobody's who speaks to a relay.
    if (message + handshake_header != record) return {};
    if (bytes.size() < record_header + record) return more(record_header + record);
    const auto name = server_name_in(bytes.substr(record_header, record));
    const auto token = name ? token_in_server_name(*name) : std::nullopt;
    if (!token) return {};
    FirstBytes first;
    first.kind = FirstBytes::Kind::through;
    first.token = *token;
    return first;
}

}  // namespace sip
