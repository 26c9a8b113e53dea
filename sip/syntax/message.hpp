// sip/syntax/message.hpp - a parsed SIP message that borrows the bytes it came from.
// Every view points into the buffer given to parse(), which must outlive it.
//   MessageView     what everybody reads; whose the bytes and the index are, it does not say
//   ParsedMessage   what parse() gives: the index is inside, the bytes are the caller's
//   StoredRequest   owns both, to be kept (stored_request.hpp)
// 1. Nothing is allocated; fields are indexed once, values are parsed on demand.
// 2. parse() fails only where no answer could be built; what is wrong with the rest is check()'s business,
//    so that a malformed request still gets its 400.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "sip/error.hpp"
#include "sip/syntax/header_names.hpp"
#include "sip/syntax/header_values.hpp"

namespace sip {

struct HeaderField {
    Header id = Header::other;
    std::string_view name;   // as written
    std::string_view value;  // trimmed; may hold folded lines (CRLF WSP), which count as one space
};

class ParsedMessage;

class MessageView {
public:
    static constexpr std::size_t max_fields = 192;
    static constexpr std::size_t max_size = 65535;

    /// `wire` is one datagram, or one message cut out by the Framer. Errors: not_sip, incomplete (not even
    /// one header line), too_large. Of more than max_fields header lines the first are indexed; that there
    /// were more is an oddity. A response that is odd in any way is not_sip: nobody answers it.
    [[nodiscard]] static Result<ParsedMessage> parse(std::string_view wire);
    /// How often this thread has done so: for the tests that hold us to parsing a message once.
    [[nodiscard]] static std::uint64_t parsed_so_far() noexcept;

    [[nodiscard]] bool is_request() const noexcept { return status_ == 0; }
    [[nodiscard]] Method method() const noexcept { return method_; }  // of CSeq, for a response
    [[nodiscard]] std::string_view method_text() const noexcept { return method_text_; }
    [[nodiscard]] std::string_view request_uri() const noexcept { return request_uri_; }  // unparsed
    [[nodiscard]] std::string_view version() const noexcept { return version_; }
    [[nodiscard]] int status() const noexcept { return status_; }  // 0 for a request
    [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

    /// Topmost field value, not split at commas.
    [[nodiscard]] std::optional<std::string_view> header(Header id) const noexcept;
    /// An unknown header by name, any case.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view field_name) const noexcept;
    [[nodiscard]] std::size_t count(Header id) const noexcept;  // fields, not values
    [[nodiscard]] std::span<const HeaderField> fields() const noexcept { return {fields_, field_count_}; }

    /// Calls f(value) for each comma-separated value of every field `id`, top to bottom; commas in quotes, <>
    /// and (for credentials and dates, which hold bare commas) whole fields are respected. Stops when f
    /// returns false.
    template <typename F>
    void each_value(Header id, F&& f) const;

    [[nodiscard]] Result<Via> top_via() const;
    [[nodiscard]] Result<CSeq> cseq() const;
    [[nodiscard]] std::string_view call_id() const noexcept;   // empty when absent
    [[nodiscard]] std::string_view from_tag() const noexcept;  // empty when absent or malformed
    [[nodiscard]] std::string_view to_tag() const noexcept;

    /// Bytes after the empty line, cut to Content-Length when that is present and smaller.
    [[nodiscard]] std::string_view body() const noexcept { return body_; }
    [[nodiscard]] std::string_view wire() const noexcept { return wire_; }
    /// The first thing seen that §7 does not allow, a literal; empty: nothing. For check().
    [[nodiscard]] std::string_view oddity() const noexcept { return oddity_; }

protected:
    MessageView() noexcept = default;
    ~MessageView() = default;
    // Whose index it is, only the classes below know: a copy by anyone else could outlive it.
    MessageView(const MessageView&) noexcept = default;
    MessageView& operator=(const MessageView&) noexcept = default;

    using First = std::array<std::uint16_t, static_cast<std::size_t>(Header::other) + 1>;
    std::string_view wire_, method_text_, request_uri_, version_, reason_, body_;
    const HeaderField* fields_ = nullptr;
    int status_ = 0;
    Method method_ = Method::unknown;
    std::uint16_t field_count_ = 0;
    First first_{};  // 1 + index of the topmost; 0: none
    std::string_view oddity_;
};

class ParsedMessage final : public MessageView {
public:
    ParsedMessage() noexcept {}  // not "= default", which would let value initialisation clear storage_
    ParsedMessage(const ParsedMessage& other) noexcept;
    ParsedMessage& operator=(const ParsedMessage& other) noexcept;
    ~ParsedMessage() = default;

private:
    friend class MessageView;
    std::optional<Errc> read(std::string_view wire);

    // Not initialised: 8 KB that most messages do not touch. The first field_count_ are.
    union Storage {
        Storage() noexcept {}
        std::array<HeaderField, max_fields> fields;
    } storage_;
};

/// Could a message begin with this line (its LF aside)? What can is parse()'s and check()'s to judge.
[[nodiscard]] bool is_start_line(std::string_view line) noexcept;

/// One header line with its continuations. Returns false at the empty line and at the end of `rest`, which is
/// shortened by what was read, the empty line too. Sets `oddity` (never clears it) when the line breaks the
/// rules of §7.3; `field` is then empty or what could be read.
bool next_field(std::string_view& rest, HeaderField& field, std::string_view& oddity) noexcept;

template <typename F>
void MessageView::each_value(Header id, F&& f) const {
    const bool whole = id == Header::authorization || id == Header::proxy_authorization ||
                       id == Header::www_authenticate || id == Header::proxy_authenticate ||
                       id == Header::date;
    for (const HeaderField& field : fields()) {
        if (field.id != id) continue;
        if (whole) {
            if (!f(field.value)) return;
            continue;
        }
        std::string_view rest = field.value;
        while (!rest.empty()) {
            if (!f(next_value(rest))) return;
        }
    }
}

}  // namespace sip
