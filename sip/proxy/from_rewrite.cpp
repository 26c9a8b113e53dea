// sip/proxy/from_rewrite.cpp - writes the From that a callee's phone shows, and finds the other one again.
#include "sip/proxy/from_rewrite.hpp"

#include <algorithm>
#include <array>

#include "sip/syntax/grammar.hpp"

namespace sip {

namespace {

constexpr std::size_t max_characters = 40;
constexpr std::size_t max_kept = 1024;  // of a From; a longer one is nobody's, and would cost memory

/// The code point that starts at `at`, and how many bytes it takes; 0 bytes for what is no UTF-8.
struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 0;
};

CodePoint code_point(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = byte(at);
    if (first < 0x80) return {first, 1};
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || at + size > text.size()) return {};
    std::uint32_t value = first & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(at + i) & 0xc0) != 0x80) return {};
        value = value << 6 | (byte(at + i) & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xd800 && value < 0xe000;
    if (value < least[size] || surrogate || value > 0x10ffff) return {};
    return {value, size};
}

/// Controls, marks that turn the direction of writing (Unicode UAX #9), and what takes no room.
bool hides(std::uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

std::string unquoted(std::string_view name) {
    name = grammar::trim(name);
    if (!name.starts_with('"')) return std::string(name);
    std::string text;
    for (std::size_t i = 1; i < name.size() && name[i] != '"'; ++i) {
        if (name[i] == '\\' && i + 1 < name.size()) ++i;
        text += name[i];
    }
    return text;
}

}  // namespace

bool claims_identity(const HeaderField& field) {
    return equal_nocase(field.name, "P-Asserted-Identity") ||
           equal_nocase(field.name, "P-Preferred-Identity") || equal_nocase(field.name, "Remote-Party-ID");
}

std::string quoted_display(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string plain_display(std::string_view display_name) {
    const std::string text = unquoted(display_name);
    std::string plain;
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size() && characters < max_characters;) {
        const CodePoint c = code_point(text, at);
        if (c.bytes != 0 && !hides(c.value)) {
            plain += text.substr(at, c.bytes);
            ++characters;
        }
        at += std::max<std::size_t>(c.bytes, 1);
    }
    return std::string(grammar::trim(plain));
}

Relabel relabelled(const MessageView& request, const CallerMark& mark) {
    Relabel relabel;
    const auto value = request.header(Header::from).value_or("");
    relabel.own = value;
    const auto from = NameAddrView::parse(value);
    const std::string uri = !mark.uri.empty() ? mark.uri
                            : from            ? std::string(from->uri)
                                              : "sip:unverified@unverified.invalid";  // RFC 2606: nobody's
    relabel.shown = quoted_display(mark.display) + " <" + uri + ">";
    // Of the parameters only the tag: the others are the caller's own words too.
    if (const auto tag = request.from_tag(); !tag.empty()) relabel.shown += ";tag=" + std::string(tag);
    if (mark.asserted) relabel.asserted = quoted_display(mark.display) + " <" + uri + ">";
    return relabel;
}

void CallerMarks::remember(const MessageView& request, const Relabel& relabel) {
    if (request.header(Header::from).value_or("").size() > max_kept) return;
    const Id id{request.call_id(), request.from_tag()};
    if (const auto known = dialogs_.find(id); known != dialogs_.end()) {
        known->second.own = relabel.own;
        known->second.shown = relabel.shown;
        order_.splice(order_.begin(), order_, known->second.place);
        return;
    }
    if (dialogs_.size() >= max_dialogs) {
        dialogs_.erase(order_.back());
        order_.pop_back();
    }
    order_.push_front(id);
    dialogs_.emplace(id, Dialog{relabel.own, relabel.shown, order_.begin()});
}

std::optional<Relabel> CallerMarks::find(const MessageView& request) const {
    const std::string call_id(request.call_id());
    if (const auto of_caller = dialogs_.find({call_id, std::string(request.from_tag())});
        of_caller != dialogs_.end())
        return Relabel{Header::from,
                       std::string(request.header(Header::from).value_or("")),
                       of_caller->second.shown,
                       {}};
    if (const auto of_callee = dialogs_.find({call_id, std::string(request.to_tag())});
        of_callee != dialogs_.end())
        return Relabel{
            Header::to, std::string(request.header(Header::to).value_or("")), of_callee->second.own, {}};
    return std::nullopt;
}

}  // namespace sip
