// sip/syntax/framer.cpp - message boundaries in a stream.
#include "sip/syntax/framer.hpp"

#include <algorithm>
#include <optional>

#include "sip/syntax/message.hpp"

namespace sip {
namespace {

constexpr std::string_view between_messages("\r\n\0 \t", 5);
constexpr std::size_t kept_capacity = std::size_t{4} * 1024;  // for the next message; more goes back

/// RFC 3261 §18.3: on a stream Content-Length must be there. nullopt: it is not, or nobody can tell which is
/// meant.
std::optional<std::size_t> content_length(std::string_view header) {
    std::optional<std::uint32_t> length;
    std::string_view oddity;
    HeaderField field;
    header.remove_prefix(std::min(header.find('\n'), header.size() - 1) + 1);  // the start line
    while (next_field(header, field, oddity)) {
        if (field.id != Header::content_length) continue;
        const auto value = parse_number(field.value);
        if (!value || (length && *length != *value)) return std::nullopt;
        length = *value;
    }
    // Bare CR or LF: others may see other lines there than we do, and with them another length.
    if (!length || !oddity.empty() || !header.empty()) return std::nullopt;
    return length;
}

}  // namespace

Result<Framer::Item> Framer::next() {
    using Kind = Item::Kind;
    if (broken_) return fail(*broken_);
    if (start_ == buffer_.size() ||
        start_ >= limit_) {  // amortised: each byte moves at most once for each limit_ read
        buffer_.erase(0, start_);
        start_ = 0;
        if (buffer_.empty() && buffer_.capacity() > kept_capacity) std::string().swap(buffer_);
    }
    if (header_size_ == 0 && scanned_ == 0) {
        const auto between = skip();
        if (between == Between::ping) return Item{Kind::ping, {}};
        if (between == Between::open) return Item{};
    }
    const std::string_view rest = std::string_view(buffer_).substr(start_);
    if (header_size_ == 0) {
        if (const auto line = rest.find('\n'); scanned_ <= line && line != std::string_view::npos) {
            if (!is_start_line(rest.substr(0, line))) return broken(Errc::not_sip);
        }
        const std::size_t end = rest.find("\r\n\r\n", scanned_);
        if (end == std::string_view::npos) {
            if (rest.size() > limit_) return broken(Errc::too_large);
            scanned_ = rest.size() - std::min<std::size_t>(rest.size(), 3);
            return Item{};
        }
        header_size_ = end + 4;
        if (header_size_ > limit_) return broken(Errc::too_large);
        const auto length = content_length(rest.substr(0, header_size_));
        if (!length) return broken(Errc::bad_framing);
        // What would fit in no message is known before it comes.
        if (*length > limit_ - header_size_) return broken(Errc::too_large);
        message_size_ = header_size_ + *length;
    }
    if (rest.size() < message_size_) return Item{};
    start_ += message_size_;
    header_size_ = scanned_ = 0;
    return Item{Kind::message, rest.substr(0, message_size_)};
}

/// What stands between messages: §7.5 has empty lines there ignored, and phones keep NATs open with NUL and
/// blanks too.
Framer::Between Framer::skip() {
    for (;;) {
        const std::string_view rest = std::string_view(buffer_).substr(start_);
        if (rest.starts_with("\r\n\r\n")) {
            start_ += 4;
            return Between::ping;
        }
        if (std::string_view("\r\n\r").starts_with(rest)) return Between::open;  // may become a ping
        if (between_messages.find(rest.front()) == std::string_view::npos) return Between::message;
        start_ += rest.starts_with("\r\n") ? 2 : 1;
    }
}

tl::unexpected<std::error_code> Framer::broken(Errc why) {
    broken_ = why;
    return fail(why);
}

std::string_view Framer::bytes_for_answer() const noexcept {
    if (!broken_ || header_size_ > limit_) return {};
    return std::string_view(buffer_).substr(start_, header_size_);
}

}  // namespace sip
