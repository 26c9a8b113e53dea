// node/page/texts.hpp - what the page says in each language: one file a language (texts/en.json and so on),
// which is all that a translation has to write. {0}, {1} stand for what is put in. The sentences of the node
// itself (`hedgewitch status`, what an action answers) are English where they are made; a language's file has
// the pattern of each beside its translation, and what it does not know stays English. Immutable: any thread.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace node {

/// A sentence of the node: {} stand in it for what changes, {0}, {1} in the translation for the first, the
/// second.
struct NodeSentence {
    std::string english;
    std::string translated;
};

struct Language {
    std::string code;                                       // BCP 47: "de"
    std::string name;                                       // in itself: "Deutsch"
    std::map<std::string, std::string, std::less<>> texts;  // by key ("people.title"): UTF-8, no HTML
    std::vector<NodeSentence> sentences;                    // in the order of the file
};

/// The first is English, for whoever wants none of them.
[[nodiscard]] std::span<const Language> languages();

class Texts {
public:
    /// Of a language that there is not: the first one's.
    explicit Texts(std::string_view code);

    [[nodiscard]] const Language& language() const noexcept { return *language_; }
    /// The text of `key`, with {0}, {1} replaced. One that the language lacks: the first one's; of a key that
    /// there is not: the key.
    [[nodiscard]] std::string operator()(std::string_view key,
                                         std::initializer_list<std::string_view> arguments = {}) const;
    /// In this language, as far as it is known; else as it is.
    struct Said {
        std::string text;
        std::string_view language;  // of the text
    };
    [[nodiscard]] Said sentence(std::string_view text) const;

private:
    const Language* language_;
};

/// What stands in `text` for each {} of `pattern`; false: it is not of that pattern.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text, std::vector<std::string>& found);

}  // namespace node
