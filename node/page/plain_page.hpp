// node/page/plain_page.hpp - pages of the server itself: why it refused, what is shown before a login. One
// sentence of what is so, and the one thing to do. Values only; any thread.
#pragma once

#include <string>
#include <string_view>

#include "node/page/page_request.hpp"

namespace node {

/// A page around `main`, which is HTML. `title` is text of ours.
[[nodiscard]] std::string plain_page(std::string_view language, std::string_view title,
                                     std::string_view main);
/// A page that says one text of ours, and where to go on. `key`: of a text.
[[nodiscard]] PageAnswer says(int status, std::string_view language, std::string_view key);

}  // namespace node
