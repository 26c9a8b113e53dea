// node/names/pasted.cpp - one pass over the text; then brackets, gaps.
#include "node/names/pasted.hpp"

#include <algorithm>
#include <array>

#include "sip/syntax/grammar.hpp"

namespace node {
namespace {

namespace grammar = sip::grammar;

struct Rewritten {
    std::string_view from, to;
};
// In UTF-8: soft hyphen, zero-width space, non-joiner and joiner, word joiner, byte order mark, no-break
// space and its narrow kin.
constexpr std::array<Rewritten, 8> unseen{{{"\xc2\xad", ""},
                                           {"\xe2\x80\x8b", ""},
                                           {"\xe2\x80\x8c", ""},
                                           {"\xe2\x80\x8d", ""},
                                           {"\xe2\x81\xa0", ""},
                                           {"\xef\xbb\xbf", ""},
                                           {"\xc2\xa0", " "},
                                           {"\xe2\x80\xaf", " "}}};

/// How much of `rest`, the beginning of a line, only quotes what follows.
std::size_t quoting(std::string_view rest) {
    std::size_t end = 0;
    for (std::size_t i = 0; i < rest.size() && (rest[i] == ' ' || rest[i] == '\t' || rest[i] == '>'); ++i)
        if (rest[i] == '>') end = i + 1;
    return end;
}

bool is_escape(std::string_view rest) {
    return rest.size() >= 3 && rest[0] == '%' && grammar::is(rest[1], grammar::hex) &&
           grammar::is(rest[2], grammar::hex);
}

}  // namespace

std::string cleaned(std::string_view pasted) {
    std::string text;
    text.reserve(pasted.size());
    bool line_begins = true;
    while (!pasted.empty()) {
        if (line_begins) pasted.remove_prefix(quoting(pasted));
        line_begins = false;
        if (pasted.empty()) break;
        const auto* known = std::find_if(unseen.begin(), unseen.end(),
                                         [&](const Rewritten& one) { return pasted.starts_with(one.from); });
        if (known != unseen.end()) {
            text += known->to;
            pasted.remove_prefix(known->from.size());
        } else if (is_escape(pasted)) {
            const auto c =
                static_cast<char>(grammar::hex_value(pasted[1]) * 16 + grammar::hex_value(pasted[2]));
            text += c == '.' ? "%2e" : std::string(1, c);
            pasted.remove_prefix(3);
        } else {
            line_begins = pasted.front() == '\n';
            text += pasted.front();
            pasted.remove_prefix(1);
        }
    }
    return text;
}

std::string_view without_brackets(std::string_view text) {
    constexpr std::array<std::string_view, 6> pairs{"<>", "\"\"", "''", "()", "[]", "``"};
    for (bool again = true; again;) {
        text = grammar::trim(text);
        again = std::any_of(pairs.begin(), pairs.end(), [&](std::string_view pair) {
            if (text.size() < 2 || text.front() != pair[0] || text.back() != pair[1]) return false;
            text = text.substr(1, text.size() - 2);
            return true;
        });
    }
    return text;
}

std::string without_gaps(std::string_view text) {
    std::string out(text);
    std::erase_if(out, [](char c) { return grammar::is_lws(c) || c == '-'; });
    return out;
}

}  // namespace node
