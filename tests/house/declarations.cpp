// tests/house/declarations.cpp - one pass over the tokens of a file, a scope at a time.
#include "tests/house/declarations.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

namespace house {
namespace {

struct Token {
    std::string text;
    int line;
};

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::vector<Token> tokens_of(const std::string& code) {
    std::vector<Token> tokens;
    int line = 1;
    for (std::size_t i = 0; i < code.size();) {
        const char c = code[i];
        if (c == '\n') ++line;
        if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            ++i;
            continue;
        }
        std::size_t end = i + 1;
        if (is_word(c)) {
            while (end < code.size() && (is_word(code[end]) || code[end] == '\''))  // 1'000
                ++end;
        } else if (c == '"' || c == '\'') {
            end = std::min(code.find(c, end), code.size() - 1) + 1;
        } else if (code.compare(i, 2, "::") == 0 || code.compare(i, 2, "->") == 0) {
            end = i + 2;
        }
        tokens.push_back({code.substr(i, end - i), line});
        i = end;
    }
    return tokens;
}

class Reader {
public:
    explicit Reader(const std::string& code) : tokens_(tokens_of(code)) {}

    Declarations read() {
        scope("", tokens_.size());
        return std::move(found_);
    }

private:
    // --- tokens

    bool is(std::size_t at, std::string_view text) const {
        return at < tokens_.size() && tokens_[at].text == text;
    }
    bool is_one(std::size_t at, std::initializer_list<std::string_view> texts) const {
        return at < tokens_.size() && std::find(texts.begin(), texts.end(), tokens_[at].text) != texts.end();
    }
    bool is_name(std::size_t at) const { return at < tokens_.size() && is_word(tokens_[at].text.front()); }

    // Past what closes the bracket at `at`. Of angles only where a type is read: `>` may be an operator
    // elsewhere.
    std::size_t past(std::size_t at) const {
        const std::string open = tokens_[at].text;
        const std::string close = open == "(" ? ")" : open == "{" ? "}" : open == "[" ? "]" : ">";
        for (++at; at < tokens_.size();) {
            if (is(at, close)) return at + 1;
            if (is_one(at, {"(", "{", "["}) || (close == ">" && is(at, "<")))
                at = past(at);
            else
                ++at;
        }
        return at;
    }
    std::size_t past_semicolon(std::size_t at, std::size_t end) const {
        while (at < end && !is(at, ";"))
            at = is_one(at, {"(", "{", "["}) ? past(at) : at + 1;
        return at + 1;
    }

    // --- scopes

    // What stands between the braces of a namespace or a class.
    void scope(const std::string& owner, std::size_t end) {
        while (at_ < end) {
            if (is_one(at_, {";", "}", "inline", "export"})) {
                ++at_;
            } else if (is(at_, "namespace") || (is(at_, "extern") && is(at_ + 1, "\"\""))) {
                enter_namespace(owner, end);
            } else if (is(at_, "template")) {
                at_ = is(at_ + 1, "<") ? past(at_ + 1) : at_ + 1;
            } else if (is(at_, "requires") && is(at_ + 1, "(")) {
                at_ = past(at_ + 1);
            } else if (is(at_, "[") && is(at_ + 1, "[")) {
                at_ = past(at_);
            } else if (is_one(at_, {"public", "private", "protected"}) && is(at_ + 1, ":")) {
                at_ += 2;
            } else if (is_one(at_, {"using", "typedef", "friend", "static_assert", "concept"})) {
                skip_friend_or_alias(end);
            } else if (is(at_, "enum") || (is_one(at_, {"class", "struct", "union"}) && is(at_ + 2, ";"))) {
                at_ = past_semicolon(at_, end);
            } else if (const auto body = class_body()) {
                enter_class(owner, *body, end);
            } else {
                declaration(owner, end);
            }
        }
    }

    void enter_namespace(const std::string& owner, std::size_t end) {
        while (at_ < end && !is_one(at_, {"{", ";", "="}))
            ++at_;
        if (!is(at_, "{")) {
            at_ = past_semicolon(at_, end);
            return;
        }
        const auto close = past(at_) - 1;
        ++at_;
        scope(owner, close);
        at_ = close + 1;
    }

    // A friend function may have a body where others have a semicolon.
    void skip_friend_or_alias(std::size_t end) {
        const bool is_friend = is(at_, "friend");
        while (at_ < end && !is(at_, ";")) {
            if (is_friend && is(at_, "{")) {
                at_ = past(at_);
                return;
            }
            at_ = is_one(at_, {"(", "{", "["}) ? past(at_) : at_ + 1;
        }
        ++at_;
    }

    // Where the brace of the class that begins here stands; nothing: it is none, or only declared.
    std::optional<std::size_t> class_body() const {
        if (!is_one(at_, {"class", "struct", "union"})) return std::nullopt;
        auto at = at_ + 1;
        while (at < tokens_.size() && !is_one(at, {"{", ";", "(", "="})) {
            const bool angle = is(at, "<");
            at = angle || is(at, "[") ? past(at) : at + 1;
        }
        if (is(at, "{")) return at;
        return std::nullopt;
    }

    void enter_class(const std::string& owner, std::size_t body, std::size_t end) {
        Class made;
        made.line = tokens_[at_].line;
        for (auto at = at_ + 1; at < body && !is(at, ":");
             ++at) {  // "class [[nodiscard]] Name final : Bases"
            if (is(at, "[")) {
                at = past(at) - 1;
            } else if (is(at, "::")) {
                made.name += "::";
            } else if (is_name(at) && !is(at, "final")) {
                made.name += tokens_[at].text;
            } else if (is(at, "<")) {  // a specialization
                at = past(at) - 1;
            }
        }
        const std::string whole = owner.empty() ? made.name : owner + "::" + made.name;
        made.name = whole;
        const auto place = found_.classes.size();
        found_.classes.push_back(made);
        const auto close = past(body) - 1;
        const auto outer = std::exchange(class_, place);
        at_ = body + 1;
        scope(whole, close);
        class_ = outer;
        at_ = close + 1;
        // "struct { ... } name;" is a member of the class around it.
        if (!is(at_, ";")) declaration(owner, end);
    }

    // --- declarations: data or a function

    void declaration(const std::string& owner, std::size_t end) {
        const auto begin = at_;
        bool is_static = false;
        while (at_ < end) {
            if (is_one(at_, {"static", "constexpr", "extern"})) is_static = true;
            if (is_one(at_, {"decltype", "alignas", "explicit", "noexcept"}) && is(at_ + 1, "(")) {
                at_ = past(at_ + 1);
            } else if (is(at_, "operator")) {
                return function(owner, begin, past_operator(), end);
            } else if (is(at_, "(") && !is(at_ + 1, "*")) {
                return function(owner, begin, at_, end);
            } else if (is(at_, "(")) {  // a pointer to a function: (*name)(parameters)
                const auto after = past(at_);
                at_ = is(after, "(") ? past(after) : after;
            } else if (is(at_, "<") || is(at_, "[")) {
                at_ = past(at_);
            } else if (is_one(at_, {"=", "{", ";", ",", ":"})) {
                return data(owner, begin, is_static, end);
            } else {
                ++at_;
            }
        }
    }

    // The parameters of "operator()(...)", "operator==(...)", "operator bool(...)".
    std::size_t past_operator() const {
        auto at = at_ + 1;
        if (is(at, "(") && is(at + 1, ")")) at += 2;
        while (at < tokens_.size() && !is(at, "("))
            ++at;
        return at;
    }

    void data(const std::string& owner, std::size_t begin, bool is_static, std::size_t end) {
        std::vector<std::string> names;
        auto name = at_ > begin ? tokens_[at_ - 1].text : "";
        if (is(at_ - 1, "]")) name = tokens_[begin].text + "[]";
        while (at_ < end && !is(at_, ";")) {
            if (is(at_, ",")) {
                names.push_back(name);
                name = at_ + 1 < end ? tokens_[at_ + 1].text : "";
            }
            at_ = is_one(at_, {"(", "{", "["}) ? past(at_) : at_ + 1;
        }
        ++at_;
        names.push_back(name);
        if (owner.empty() || is_static) return;
        auto& members = found_.classes[class_].data;
        members.insert(members.end(), names.begin(), names.end());
    }

    void function(const std::string& owner, std::size_t begin, std::size_t parameters, std::size_t end) {
        Function made;
        made.owner = owner;
        made.name = name_before(begin, parameters);
        made.line = tokens_[begin].line;
        if (!owner.empty() && made.name == owner.substr(owner.rfind(':') + 1) &&
            owner == found_.classes[class_].name)
            found_.classes[class_].constructors.push_back(count_parameters(parameters));
        at_ = past(parameters);
        while (at_ < end && !is_one(at_, {";", "{", ":", "="})) {
            const bool bracket = is_one(at_, {"(", "["});
            at_ = bracket ? past(at_) : at_ + 1;
        }
        if (is(at_, ":")) skip_initializers();
        if (is(at_, "{")) {
            const auto close = past(at_) - 1;
            if (close < tokens_.size()) made.length = tokens_[close].line - made.line + 1;
            at_ = close + 1;
        } else {
            at_ = past_semicolon(at_, end);
        }
        found_.functions.push_back(std::move(made));
    }

    // "A::B::f" before its parameters; "~A", "operator==" as they are.
    std::string name_before(std::size_t begin, std::size_t parameters) const {
        for (auto at = begin; at < parameters; ++at) {
            if (!is(at, "operator")) continue;
            std::string name;
            auto first = at;
            while (first >= begin + 2 && is(first - 1, "::"))
                first -= 2;
            for (; first < parameters; ++first)
                name += tokens_[first].text;
            return name;
        }
        auto at = parameters - 1;
        std::string name = tokens_[at].text;
        if (at > begin && is(at - 1, "~")) name = tokens_[--at].text + name;
        while (at > begin && is(at - 1, "::")) {
            name = "::" + name;
            --at;
            if (at > begin && is(at - 1, ">")) at = before_angle(at - 1);
            if (at > begin && is_name(at - 1)) name = tokens_[--at].text + name;
        }
        return name;
    }

    // Where the angle that closes at `close` opens.
    std::size_t before_angle(std::size_t close) const {
        auto at = close;
        for (int depth = 1; at > 0 && depth > 0;) {
            --at;
            depth += is(at, ">") ? 1 : is(at, "<") ? -1 : 0;
        }
        return at;
    }

    std::size_t count_parameters(std::size_t open) const {
        const auto close = past(open) - 1;
        if (open + 1 == close) return 0;
        std::size_t count = 1;
        for (auto at = open + 1; at < close;) {
            count += is(at, ",");
            at = is_one(at, {"(", "{", "[", "<"}) ? past(at) : at + 1;
        }
        return count;
    }

    // ": a_(b), c_{d}", up to the body.
    void skip_initializers() {
        do {
            ++at_;
            while (at_ < tokens_.size() && !is_one(at_, {"(", "{"}))
                at_ = is(at_, "<") ? past(at_) : at_ + 1;
            if (at_ < tokens_.size()) at_ = past(at_);
        } while (is(at_, ","));
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    std::size_t class_ = 0;  // of found_.classes: whose body is being read
    Declarations found_;
};

}  // namespace

Declarations read_declarations(const std::string& code) {
    return Reader(code).read();
}

}  // namespace house
