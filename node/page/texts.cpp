// node/page/texts.cpp - looks up a text, and recognises the node's sentences by their patterns.
#include "node/page/texts.hpp"

#include <algorithm>
#include <array>

namespace node {
namespace {

constexpr std::array<const Language*, 2> all{&english, &german};

std::string_view argument(std::size_t number, std::span<const std::string_view> arguments) {
    return number < arguments.size() ? arguments[number] : std::string_view();
}

/// {0} to {9}.
std::string filled(std::string_view text, std::span<const std::string_view> arguments) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_place = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}' &&
                              text[i + 1] >= '0' && text[i + 1] <= '9';
        if (!is_place) {
            out += text[i];
            continue;
        }
        out += argument(static_cast<std::size_t>(text[i + 1] - '0'), arguments);
        i += 2;
    }
    return out;
}

/// The sentences that stand in one, each with its end: a status has several in a line.
std::size_t end_of_sentence(std::string_view text, std::size_t from) {
    const auto end = text.find(". ", from);
    return end == std::string_view::npos ? text.size() : end + 1;
}

const NodeSentence* known(const Language& language, std::string_view text, std::vector<std::string>& found) {
    for (const auto& sentence : language.sentences) {
        if (matches(sentence.english, text, found)) return &sentence;
    }
    return nullptr;
}

}  // namespace

std::span<const Language* const> languages() noexcept {
    return all;
}

bool matches(std::string_view pattern, std::string_view text, std::vector<std::string>& found) {
    found.clear();
    auto place = pattern.find("{}");
    if (!text.starts_with(pattern.substr(0, place))) return false;
    if (place == std::string_view::npos) return text == pattern;
    text.remove_prefix(place);
    for (;;) {
        pattern.remove_prefix(place + 2);
        place = pattern.find("{}");
        const auto literal = pattern.substr(0, place);
        if (place == std::string_view::npos) {  // the last one takes all but what stands behind it
            if (text.size() < literal.size() || !text.ends_with(literal)) return false;
            found.emplace_back(text.substr(0, text.size() - literal.size()));
            return true;
        }
        const auto at = text.find(literal);
        if (at == std::string_view::npos) return false;
        found.emplace_back(text.substr(0, at));
        text.remove_prefix(at + literal.size());
    }
}

Texts::Texts(std::string_view code) : language_(all.front()) {
    for (const Language* language : all) {
        if (language->code == code) language_ = language;
    }
}

std::string Texts::operator()(std::string_view key, std::initializer_list<std::string_view> arguments) const {
    const auto found = std::find_if(language_->texts.begin(), language_->texts.end(),
                                    [&](const PageText& text) { return text.key == key; });
    if (found == language_->texts.end()) return std::string(key);
    return filled(found->text, {arguments.begin(), arguments.size()});
}

/// Sentence by sentence from its beginning, each as short as it can be; what is left over and unknown makes
/// all of it stay as it is: half a translation would be harder to read than none.
Texts::Said Texts::sentence(std::string_view text) const {
    const Said as_it_is{std::string(text), all.front()->code};
    std::string out;
    std::vector<std::string> found;
    for (std::size_t from = 0; from < text.size();) {
        const NodeSentence* sentence = nullptr;
        std::size_t end = from;
        while (sentence == nullptr && end < text.size()) {
            end = end_of_sentence(text, end);
            sentence = known(*language_, text.substr(from, end - from), found);
        }
        if (sentence == nullptr) return as_it_is;
        const std::vector<std::string_view> arguments(found.begin(), found.end());
        out += (out.empty() ? "" : " ") + filled(sentence->translated, arguments);
        from = std::min(end + 1, text.size());
    }
    return {out, language_->code};
}

}  // namespace node
