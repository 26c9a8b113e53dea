// sip/media/sdp_body.cpp - content types, and the parts of a multipart body.
#include "sip/media/sdp_body.hpp"

#include <optional>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/parameters.hpp"

namespace sip {

namespace {

constexpr std::size_t max_parts = 16;

std::string_view type_of(std::string_view content_type) {
    return grammar::trim(content_type.substr(0, content_type.find(';')));
}

std::string_view boundary_of(std::string_view content_type) {
    const auto semicolon = content_type.find(';');
    if (semicolon == std::string_view::npos) return {};
    auto boundary = find_parameter(content_type.substr(semicolon + 1), "boundary").value_or("");
    if (boundary.size() >= 2 && boundary.front() == '"' && boundary.back() == '"')
        boundary = boundary.substr(1, boundary.size() - 2);
    return boundary;
}

bool encoded(std::string_view encoding) {
    return !encoding.empty() && !equal_nocase(encoding, "identity");
}

struct Part {
    std::string_view type, content;
    bool encoded = false, counted = false;  // counted: it says its own length
};

/// RFC 2046 §5.1.1: the line break before a boundary belongs to the boundary.
Part part_of(std::string_view text) {
    Part part;
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    HeaderField field;
    std::string_view oddity, rest = text;
    if (rest.starts_with("\r\n")) {
        part.content = rest.substr(2);
        return part;
    }
    while (next_field(rest, field, oddity)) {
        if (field.id == Header::content_type) part.type = type_of(field.value);
        if (field.id == Header::content_length) part.counted = true;
        if (field.id == Header::content_encoding) part.encoded = encoded(field.value);
        if (equal_nocase(field.name, "Content-Transfer-Encoding"))
            part.encoded =
                equal_nocase(field.value, "base64") || equal_nocase(field.value, "quoted-printable");
    }
    part.content = rest;
    return part;
}

SdpBody in_parts(std::string_view body, std::string_view boundary) {
    SdpBody found;
    if (boundary.empty()) return {{}, "its body has parts without a boundary"};
    const std::string line = "--" + std::string(boundary);
    auto at = body.find(line);
    for (std::size_t parts = 0; at != std::string_view::npos && parts < max_parts; ++parts) {
        const auto begin = body.find('\n', at + line.size());
        if (body.substr(at + line.size()).starts_with("--") || begin == std::string_view::npos) break;
        const auto end = body.find("\n" + line, begin);
        if (end == std::string_view::npos) break;
        const Part part = part_of(body.substr(begin + 1, end - begin));
        at = end + 1;
        if (!equal_nocase(part.type, "application/sdp")) continue;
        if (part.encoded || part.counted) return {{}, "its SDP is encoded, or says its own length"};
        if (!found.sdp.empty()) return {{}, "its body has two parts of SDP"};
        found.sdp = part.content;
    }
    return found;
}

}  // namespace

std::string SdpBody::body_with(std::string_view body, std::string_view other) const {
    const auto at = static_cast<std::size_t>(sdp.data() - body.data());
    std::string out(body.substr(0, at));
    out += other;
    return out += body.substr(at + sdp.size());
}

SdpBody sdp_body(const MessageView& message) {
    const auto type = message.header(Header::content_type).value_or("");
    const bool whole = equal_nocase(type_of(type), "application/sdp");
    const bool parts = type_of(type).size() > 10 && equal_nocase(type_of(type).substr(0, 10), "multipart/");
    if (message.body().empty() || (!whole && !parts)) return {};
    if (encoded(message.header(Header::content_encoding).value_or(""))) return {{}, "its body is compressed"};
    if (whole) return {message.body(), {}};
    // Signed, it must stay as it is.
    if (equal_nocase(type_of(type), "multipart/signed")) return {{}, "its body is signed"};
    return in_parts(message.body(), boundary_of(type));
}

}  // namespace sip
