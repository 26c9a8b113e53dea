// sip/syntax/message.cpp - indexes a SIP message without copying it (RFC 3261 §7).
#include "sip/syntax/message.hpp"

#include <algorithm>
#include <memory>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/name_addr.hpp"

namespace sip {
namespace {

constexpr auto npos = std::string_view::npos;

void note(std::string_view& oddity, std::string_view what) noexcept {
    if (oddity.empty()) oddity = what;
}

/// Takes one line off the front, its end included. A bare LF ends a line too, and is an oddity: a proxy that
/// reads it otherwise must not be led to believe in other header fields than we do.
std::string_view take_line(std::string_view& rest, std::string_view& oddity) noexcept {
    const std::size_t lf = rest.find('\n');
    std::string_view line = rest.substr(0, lf);
    if (lf == npos) {
        note(oddity, "Header ends without an empty line");
        rest = {};
        return line;
    }
    rest.remove_prefix(lf + 1);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    } else {
        note(oddity, "Line does not end in CRLF");
    }
    return line;
}

// find_first_of() calls memchr() for each character of the text.
bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

bool is_continued(std::string_view rest) noexcept {
    return !rest.empty() && is_blank(rest.front());
}

struct RequestLine {
    std::string_view method, uri, version;
};

/// §7.1: Method SP Request-URI SP SIP-Version. Anything with a method in front and "SIP/" in the last word
/// can be answered, so that what is between is for check() to refuse.
bool split_request_line(std::string_view line, RequestLine& out, std::string_view& oddity) noexcept {
    const std::string_view trimmed = grammar::trim_blanks(line);
    if (trimmed.size() != line.size()) note(oddity, "Spaces around the Request-Line");
    const auto first_blank = std::find_if(trimmed.begin(), trimmed.end(), is_blank);
    const auto after_last = std::find_if(trimmed.rbegin(), trimmed.rend(), is_blank).base();
    if (first_blank == trimmed.end() || first_blank + 1 == after_last) return false;
    const auto first = static_cast<std::size_t>(first_blank - trimmed.begin());
    const auto last = static_cast<std::size_t>(after_last - trimmed.begin()) - 1;
    out.method = trimmed.substr(0, first);
    out.version = trimmed.substr(last + 1);
    if (!grammar::all(out.method, grammar::token) || !equal_nocase(out.version.substr(0, 4), "SIP/"))
        return false;
    const std::string_view between = trimmed.substr(first, last + 1 - first);
    out.uri = grammar::trim_blanks(between);
    if (out.uri.size() + 2 != between.size() || between.front() != ' ' || between.back() != ' ') {
        note(oddity, "More than one space in the Request-Line");
    }
    if (std::any_of(out.uri.begin(), out.uri.end(), [](char c) { return is_blank(c) || c == '\r'; }))
        note(oddity, "White space in the Request-URI");
    return true;
}

/// §7.2: SIP-Version SP Status-Code SP Reason-Phrase. 0: not one we could use.
int split_status_line(std::string_view line, std::string_view& version, std::string_view& reason) noexcept {
    version = line.substr(0, line.find(' '));
    if (!equal_nocase(version, "SIP/2.0") || line.size() < version.size() + 4) return 0;
    const std::string_view code = line.substr(version.size() + 1, 3);
    if (!grammar::all(code, grammar::digit)) return 0;
    std::string_view after = line.substr(version.size() + 4);
    if (!after.empty() && after.front() != ' ') return 0;
    if (!after.empty()) after.remove_prefix(1);
    if (after.find('\r') != npos) return 0;
    reason = after;
    const int status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
    return status >= 100 && status <= 699 ? status : 0;
}

/// What of `rest` belongs to the message. What does not fit is check()'s to refuse.
std::string_view cut_body(std::string_view rest, std::optional<std::string_view> content_length) noexcept {
    if (!content_length) return rest;
    const auto length = parse_number(*content_length);
    return length ? rest.substr(0, *length) : rest;  // RFC 3261 §18.3: bytes beyond are discarded
}

}  // namespace

bool is_start_line(std::string_view line) noexcept {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (equal_nocase(line.substr(0, 4), "SIP/")) return true;
    RequestLine out;
    std::string_view oddity;
    return split_request_line(line, out, oddity);
}

bool next_field(std::string_view& rest, HeaderField& field, std::string_view& oddity) noexcept {
    field = {};
    if (rest.empty()) {
        note(oddity, "Header ends without an empty line");
        return false;
    }
    const char* const begin = rest.data();
    std::string_view line = take_line(rest, oddity);
    if (line.empty()) return false;
    bool stray = line.find('\r') != npos;
    while (is_continued(rest)) {  // §7.3.1: folded
        const std::string_view more = take_line(rest, oddity);
        stray = stray || more.find('\r') != npos;
        line = {begin, static_cast<std::size_t>(more.data() + more.size() - begin)};
    }
    if (stray) note(oddity, "CR inside a header line");

    const std::size_t colon = line.find(':');
    const std::string_view name = grammar::trim_blanks(line.substr(0, colon));
    if (colon == npos || !grammar::all(name, grammar::token) || line.front() == ' ' || line.front() == '\t') {
        note(oddity, "Header line without a field name");
        return true;
    }
    field.id = header_of(name);
    field.name = name;
    field.value = grammar::trim(line.substr(colon + 1));
    return true;
}

namespace {
constinit thread_local std::uint64_t parses = 0;
}  // namespace

std::uint64_t MessageView::parsed_so_far() noexcept {
    return parses;
}

Result<ParsedMessage> MessageView::parse(std::string_view wire) {
    ++parses;
    Result<ParsedMessage> result;  // made in place and returned from here alone: it is too large to copy
    if (const auto error = result->read(wire)) result = fail(*error);
    return result;
}

ParsedMessage::ParsedMessage(const ParsedMessage& other) noexcept : MessageView(other) {
    std::uninitialized_copy_n(other.fields_, field_count_, storage_.fields.data());
    fields_ = storage_.fields.data();
}

ParsedMessage& ParsedMessage::operator=(const ParsedMessage& other) noexcept {
    if (this == &other) return *this;
    MessageView::operator=(other);
    std::uninitialized_copy_n(other.fields_, field_count_, storage_.fields.data());
    fields_ = storage_.fields.data();
    return *this;
}

std::optional<Errc> ParsedMessage::read(std::string_view wire) {
    fields_ = storage_.fields.data();
    while (wire.starts_with("\r\n"))
        wire.remove_prefix(2);  // §7.5
    if (wire.size() > max_size) return Errc::too_large;
    if (wire.empty()) return Errc::not_sip;

    std::string_view rest = wire;
    const std::string_view start_line = take_line(rest, oddity_);
    if (equal_nocase(start_line.substr(0, 4), "SIP/")) {
        status_ = split_status_line(start_line, version_, reason_);
        if (status_ == 0) return Errc::not_sip;
    } else {
        RequestLine line;
        if (!split_request_line(start_line, line, oddity_)) return Errc::not_sip;
        method_text_ = line.method;
        method_ = method_of(line.method);
        request_uri_ = line.uri;
        version_ = line.version;
    }
    if (rest.empty()) return Errc::incomplete;

    HeaderField field;
    while (next_field(rest, field, oddity_)) {
        if (field.name.empty()) continue;
        if (field_count_ == max_fields) {
            note(oddity_, "Too many header lines");
            continue;  // to where the body begins
        }
        std::construct_at(&storage_.fields[field_count_++], field);
        auto& first = first_[static_cast<std::size_t>(field.id)];
        if (first == 0) first = field_count_;
    }
    if (field_count_ == 0) return Errc::incomplete;
    body_ = cut_body(rest, header(Header::content_length));
    wire_ = wire.substr(0, wire.size() - rest.size() + body_.size());

    if (!is_request()) {
        if (!oddity_.empty()) return Errc::not_sip;
        if (const auto parsed = cseq()) {
            method_text_ = parsed->method;
            method_ = method_of(parsed->method);
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> MessageView::header(Header id) const noexcept {
    if (id == Header::other) return std::nullopt;
    const std::size_t index = first_[static_cast<std::size_t>(id)];
    if (index == 0) return std::nullopt;
    return fields_[index - 1].value;
}

std::optional<std::string_view> MessageView::header(std::string_view field_name) const noexcept {
    if (const Header known = header_of(field_name); known != Header::other) return header(known);
    for (const HeaderField& f : fields()) {
        if (f.id == Header::other && same_header(f.name, field_name)) return f.value;
    }
    return std::nullopt;
}

std::size_t MessageView::count(Header id) const noexcept {
    const auto all = fields();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [id](const auto& f) { return f.id == id; }));
}

Result<Via> MessageView::top_via() const {
    std::string_view values = header(Header::via).value_or("");
    return Via::parse(next_value(values));
}

Result<CSeq> MessageView::cseq() const {
    return CSeq::parse(header(Header::cseq).value_or(""));
}

std::string_view MessageView::call_id() const noexcept {
    return header(Header::call_id).value_or("");
}

namespace {
std::string_view tag_of(std::optional<std::string_view> value) {
    if (!value) return {};
    const auto parsed = NameAddrView::parse(*value);
    return parsed ? parsed->parameter("tag").value_or("") : std::string_view{};
}
}  // namespace

std::string_view MessageView::from_tag() const noexcept {
    return tag_of(header(Header::from));
}
std::string_view MessageView::to_tag() const noexcept {
    return tag_of(header(Header::to));
}

}  // namespace sip
