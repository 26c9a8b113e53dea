// node/page/invite_page.cpp - the same for every invite.
#include "node/page/invite_page.hpp"

#include "node/page/plain_page.hpp"
#include "node/page/texts.hpp"

namespace node {

PageAnswer InvitePage::answer(const PageRequest& request, sip::Now) {
    const Texts text(request.language);
    const auto add = [](std::string& to, std::initializer_list<std::string_view> parts) {
        for (const auto part : parts)
            to += part;
    };
    std::string main;
    add(main, {"<p>", text("invite.text"), "</p>\n<noscript><p>", text("invite.without_script"),
               "</p></noscript>\n"});
    add(main, {"<p id=\"none\" hidden>", text("invite.none"), "</p>\n<div id=\"invite\" hidden>\n<p>",
               text("invite.with_page"), "</p>\n<pre id=\"text\" tabindex=\"0\"></pre>\n<p>",
               text("invite.open"), "<a id=\"open\" href=\"/i\"></a></p>\n<p>", text("invite.command"),
               "</p>\n<pre id=\"command\" tabindex=\"0\"></pre>\n</div>\n<script src=\"/static/invite.js\" "
               "defer></script>\n"});
    PageAnswer answer;
    answer.body = plain_page(request.language, text("invite.title"), main);
    return answer;
}

}  // namespace node
