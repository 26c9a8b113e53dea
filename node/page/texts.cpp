// node/page/texts.cpp - looks up a text, and recognises the node's sentences by their patterns.
#include "node/page/texts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "node/page/texts/language_files.hpp"

namespace node {
namespace {

/// A file of ours, which the tests have read: what is wrong in it throws at the start.
Language read(const LanguageFile& file) {
    const auto json = nlohmann::ordered_json::parse(file.json);
    Language language{json.at("code").get<std::string>(), json.at("name").get<std::string>(), {}, {}};
    for (const auto& [key, text] : json.at("page").items())
        language.texts.emplace(key, text.get<std::string>());
    for (const auto& [english, translated] : json.at("node").items())
        language.sentences.push_back({english, translated.get<std::string>()});
    return language;
}

std::vector<Language> read_all() {
    std::vector<Language> all;
    for (const auto& file : language_files())
        all.push_back(read(file));
    return all;
}

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

std::span<const Language> languages() {
    static const std::vector<Language> all = read_all();
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

Texts::Texts(std::string_view code) : language_(&languages().front()) {
    for (const auto& language : languages()) {
        if (language.code == code) language_ = &language;
    }
}

std::string Texts::operator()(std::string_view key, std::initializer_list<std::string_view> arguments) const {
    for (const Language* const language : {language_, &languages().front()}) {
        const auto found = language->texts.find(key);
        if (found != language->texts.end())
            return filled(found->second, {arguments.begin(), arguments.size()});
    }
    return std::string(key);
}

/// Sentence by sentence from its beginning, each as short as it can be; what is left over and unknown makes
/// all of it stay as it is: half a translation would be harder to read than none.
Texts::Said Texts::sentence(std::string_view text) const {
    const Said as_it_is{std::string(text), languages().front().code};
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
