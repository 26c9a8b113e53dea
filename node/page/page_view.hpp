// node/page/page_view.hpp - what all views share: the frame of a page, its forms, and how names of others and
// sentences of the node are written. Pure: what is shown is handed in. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/page/html_writer.hpp"
#include "node/page/notices.hpp"
#include "node/page/page_request.hpp"
#include "node/page/texts.hpp"

namespace node {

class PageView {
public:
    /// Borrows both, for as long as it lives.
    PageView(const PageRequest& request, const Texts& texts, std::optional<Notice> notice);

    HtmlWriter html;
    const Texts& t;

    [[nodiscard]] const PageRequest& request() const noexcept { return request_; }
    [[nodiscard]] const std::optional<Notice>& notice() const noexcept { return notice_; }
    /// What stood in `field` of the form for `path`, when that was refused; else empty.
    [[nodiscard]] std::string filled(const std::string& path, const std::string& field) const;

    /// Everything before the view's own part: head, navigation, title, what came of a form. `part`: "people",
    /// the key of its title and its path.
    void begin(std::string_view part);
    [[nodiscard]] std::string end();

    /// <section> with a heading; end it with html.close(). `id` is unique in the page. With `live` its
    /// content is fetched anew when something changes.
    enum class Kept { as_it_is, live };
    void section(std::string_view id, std::string_view title, Kept kept = Kept::as_it_is);
    /// A paragraph, in the language that it is in.
    void says(std::string_view sentence);
    /// A name that others chose: it cannot turn around what stands beside it.
    void name(std::string_view text);

    // Forms: open one, fields, a button, html.close(). `id` is unique in the page.
    enum class Sends { text, file };
    void form(const std::string& path, Sends sends = Sends::text);
    void hidden(std::string_view name, std::string_view value);
    void input(const std::string& id, std::string_view label, HtmlWriter::Attributes attributes,
               std::string_view hint = {});
    void area(const std::string& id, std::string_view label, std::string_view name, std::string_view value,
              std::string_view hint = {});
    struct Choice {
        std::string value, label;
    };
    void select(const std::string& id, std::string_view label, std::string_view name,
                const std::vector<Choice>& choices, std::string_view chosen);
    void checkbox(const std::string& id, std::string_view label, std::string_view name, bool checked);
    enum class Weight { main, plain, danger };
    /// `of`: for readers of the screen, which of several it is ("Remove alice").
    void button(std::string_view label, Weight weight = Weight::main, std::string_view of = {});
    /// What ends something: a summary that opens, a sentence on what comes of it, and the button.
    void danger(const std::string& path, std::string_view label, std::string_view of,
                std::string_view warning,
                std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

    /// A QR code as a picture in the page. Nothing is written when `text` is too long for one.
    void qr(const std::string& text, std::string_view label);

private:
    void navigation(std::string_view part);
    void foot();
    void show_notice();
    void show_phone();
    void show_link();
    void hint(const std::string& id, std::string_view text);

    const PageRequest& request_;
    const std::optional<Notice> notice_;
    std::string path_;
};

}  // namespace node
