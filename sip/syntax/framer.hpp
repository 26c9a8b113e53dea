// sip/syntax/framer.hpp - finds where one SIP message ends in a TCP stream (RFC 3261 §18.3).
// Holds at most `limit` bytes and what was appended since the last next(); one object a connection, its loop
// only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/error.hpp"

namespace sip {

class Framer {
public:
    explicit Framer(std::size_t limit = 65535) : limit_(limit) {}

    void append(std::string_view bytes) {
        if (!broken_) buffer_.append(bytes);
    }

    struct Item {
        enum class Kind {
            none,
            message,
            ping
        } kind = Kind::none;     // ping: CRLF CRLF, RFC 5626 §4.4.1, wants a CRLF
        std::string_view bytes;  // of a message; valid until the next call of next() or append()
    };
    /// The next whole message, or none; what phones keep a NAT open with between two messages is skipped.
    /// Errors close the connection: not_sip (a first line that cannot be one), bad_framing (no, several
    /// different or an absurd Content-Length, or a bare CR or LF in the header), too_large; the same error
    /// ever after. Then `bytes_for_answer()` holds the header part, if that came whole.
    [[nodiscard]] Result<Item> next();
    [[nodiscard]] std::string_view bytes_for_answer() const noexcept;
    [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size() - start_; }
    /// What it takes of the heap: given back when all was read.
    [[nodiscard]] std::size_t memory() const noexcept { return buffer_.capacity(); }

private:
    enum class Between : std::uint8_t { open, ping, message };
    Between skip();
    tl::unexpected<std::error_code> broken(Errc why);

    std::string buffer_;
    std::size_t start_ = 0;         // consumed up to here
    std::size_t scanned_ = 0;       // from start_: no end of header begins before this
    std::size_t header_size_ = 0;   // from start_; 0: its end was not seen yet
    std::size_t message_size_ = 0;  // meaningful once header_size_ is
    std::size_t limit_;
    std::optional<Errc> broken_;
};

}  // namespace sip
