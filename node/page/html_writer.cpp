// node/page/html_writer.cpp - one function escapes, and all text goes through it.
#include "node/page/html_writer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>

namespace node {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// How many bytes the character at the beginning of `text` has, and which it is; 0: that is no UTF-8 (RFC
/// 3629).
std::size_t decode(std::string_view text, char32_t& character) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = byte(0);
    if (first < 0x80) {
        character = first;
        return 1;
    }
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
    character = first & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) return 0;
        character = (character << 6U) | (byte(i) & 0x3fU);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = character >= 0xd800 && character <= 0xdfff;
    return character < least.at(size) || character > 0x10ffff || surrogate ? 0 : size;
}

/// Control characters, and those that nobody sees but that turn around or hide what stands beside them.
bool is_hidden(char32_t c) {
    if (c < 0x20) return c != '\n' && c != '\t';
    return (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c & 0xfffeU) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) || (c >= 0xe0000 && c <= 0xe0fff);
}

bool leads_to_us(std::string_view url) {
    return !url.empty() && (url.front() == '#' ||
                            (url.front() == '/' && (url.size() == 1 || (url[1] != '/' && url[1] != '\\'))));
}

bool is_link(std::string_view name) {
    constexpr std::array<std::string_view, 6> links{"href", "src", "action", "formaction", "poster", "data"};
    return std::find(links.begin(), links.end(), name) != links.end();
}

/// Where a link may lead that runs nothing.
bool is_harmless(std::string_view name, std::string_view url) {
    if (leads_to_us(url)) return true;
    if (name != "href") return false;
    constexpr std::array<std::string_view, 3> schemes{"https://", "sip:", "hedgewitch:"};
    return std::any_of(schemes.begin(), schemes.end(),
                       [&](std::string_view s) { return url.starts_with(s); });
}

/// Behind these a line's end would be a space.
bool is_inside_a_line(std::string_view name) {
    constexpr std::array<std::string_view, 8> all{"a",      "bdi",   "code", "span",
                                                  "strong", "small", "time", "textarea"};
    return std::find(all.begin(), all.end(), name) != all.end();
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    while (!text.empty()) {
        char32_t character = 0;
        const std::size_t size = decode(text, character);
        if (size == 0 || is_hidden(character)) {
            out += replacement;
            text.remove_prefix(std::max<std::size_t>(size, 1));
            continue;
        }
        switch (character) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            case '`': out += "&#96;"; break;
            default: out += text.substr(0, size);
        }
        text.remove_prefix(size);
    }
    return out;
}

void HtmlWriter::begin(HtmlName name, const Attributes& attributes) {
    if (out_.empty()) out_ = "<!DOCTYPE html>\n";
    out_ += '<';
    out_ += name.text();
    for (const auto& [attribute, value] : attributes) {
        out_ += ' ';
        out_ += attribute.text();
        if (value.empty() && attribute.text() != "value" && attribute.text() != "alt") continue;
        const bool bad = is_link(attribute.text()) && !is_harmless(attribute.text(), value);
        out_ += "=\"";
        out_ += bad ? "#" : escaped(value);
        out_ += '"';
    }
    out_ += '>';
}

HtmlWriter& HtmlWriter::open(HtmlName name, const Attributes& attributes) {
    assert(name.text() != "script");  // what stands there is no text
    begin(name, attributes);
    open_.push_back(name.text());
    return *this;
}

HtmlWriter& HtmlWriter::close() {
    assert(!open_.empty());
    out_ += "</";
    out_ += open_.back();
    out_ += is_inside_a_line(open_.back()) ? ">" : ">\n";
    open_.pop_back();
    return *this;
}

HtmlWriter& HtmlWriter::text(std::string_view text) {
    out_ += escaped(text);
    return *this;
}

HtmlWriter& HtmlWriter::sentence(std::string_view text) {
    for (;;) {
        const auto begin = text.find('`');
        const auto end = begin == std::string_view::npos ? begin : text.find('`', begin + 1);
        if (end == std::string_view::npos) return this->text(text);
        this->text(text.substr(0, begin));
        element("code", text.substr(begin + 1, end - begin - 1));
        text.remove_prefix(end + 1);
    }
}

HtmlWriter& HtmlWriter::element(HtmlName name, std::string_view text, const Attributes& attributes) {
    return open(name, attributes).text(text).close();
}

HtmlWriter& HtmlWriter::single(HtmlName name, const Attributes& attributes) {
    begin(name, attributes);
    return *this;
}

HtmlWriter& HtmlWriter::script(std::string_view path) {
    begin("script", {{"src", std::string(path)}, {"defer"}});
    out_ += "</script>\n";
    return *this;
}

std::string HtmlWriter::take() {
    while (!open_.empty())
        close();
    return std::exchange(out_, {});
}

}  // namespace node
