// node/page/html_writer.hpp - writes HTML, and is the only place here that does. Promises:
// 1. What others have chosen never becomes markup: every text and every attribute's value is escaped. Names
// of
//    elements and attributes are literals, checked by the compiler.
// 2. Links, forms and pictures lead to this very page, or by a scheme that runs nothing (https, sip,
// hedgewitch).
// 3. The result is UTF-8: what is not, control characters, and the invisible ones that turn the order of a
// line
//    around become U+FFFD.
// 4. Every element that is opened is closed, in order.
// No I/O; any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace node {

/// The name of an element or of an attribute: a literal of letters, digits and hyphens.
class HtmlName {
public:
    template <std::size_t N>
    consteval HtmlName(const char (&name)[N]) : text_(name, N - 1) {  // NOLINT: a literal is one
        for (const char c : text_) {
            const bool good =
                (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
            if (!good) throw "no name of an element or an attribute";
        }
        if (text_.starts_with("on") || text_ == "style" || text_ == "srcdoc")
            throw "what stands in it is no text, and the policy would not run it";
    }
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

struct HtmlAttribute {
    HtmlName name;
    std::string value = {};  // empty: the attribute alone, as in `required`
};

/// As it may stand between tags and in an attribute's value.
[[nodiscard]] std::string escaped(std::string_view text);

class HtmlWriter {
public:
    using Attributes = std::vector<HtmlAttribute>;

    /// REQUIRES: `name` is an element that has an end, and no script or style.
    HtmlWriter& open(HtmlName name, const Attributes& attributes = {});
    HtmlWriter& close();
    HtmlWriter& text(std::string_view text);
    /// With what stands in `...` as code: the commands in sentences.
    HtmlWriter& sentence(std::string_view text);
    /// open(), text(), close().
    HtmlWriter& element(HtmlName name, std::string_view text, const Attributes& attributes = {});
    /// An element without an end: input, meta, link, br.
    HtmlWriter& single(HtmlName name, const Attributes& attributes = {});
    /// <script src=... defer>: of our own files alone.
    HtmlWriter& script(std::string_view path);

    /// The whole page, with everything closed that is still open.
    [[nodiscard]] std::string take();

private:
    void begin(HtmlName name, const Attributes& attributes);

    std::string out_;
    std::vector<std::string_view> open_;
};

}  // namespace node
