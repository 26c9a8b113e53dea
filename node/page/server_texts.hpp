// node/page/server_texts.hpp - what the server itself says to people, in each language: why it refused, and
// the pages before a login. One sentence of what is so, and the one thing to do. Values only; any thread.
#pragma once

#include <string>
#include <string_view>

#include "node/page/page_request.hpp"

namespace node {

struct RefusalTexts {
    std::string_view unreadable, not_ours, too_often, from_elsewhere, no_login, no_token, too_large,
        not_found, failed, wrong_method, no_form;
};
/// Of the pages before a login.
struct LoginTexts {
    std::string_view login_title, password_label, login_button, no_password, wrong_password, too_many_guesses;
    std::string_view first_title, first_text, first_password_label, first_button, link_used, weak_password;
};
/// Of the page of an invite.
struct InviteTexts {
    std::string_view invite_title, invite_text, invite_with_page, invite_open, invite_command, invite_none,
        invite_without_script;
};
struct ServerTexts : RefusalTexts, LoginTexts, InviteTexts {
    std::string_view language, back;
};

/// English for what is none of page_languages.
[[nodiscard]] const ServerTexts& server_texts(std::string_view language);

/// A page of the server's own around `main`, which is HTML. `title` is text of ours.
[[nodiscard]] std::string plain_page(std::string_view language, std::string_view title,
                                     std::string_view main);
/// A page that says one sentence of ours, and where to go on.
[[nodiscard]] PageAnswer says(int status, std::string_view language, std::string_view sentence);

}  // namespace node
