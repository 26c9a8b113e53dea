// node/page/plain_page.cpp - what stands around a sentence.
#include "node/page/plain_page.hpp"

#include "node/page/texts.hpp"

namespace node {

std::string plain_page(std::string_view language, std::string_view title, std::string_view main) {
    std::string page = "<!doctype html>\n<html lang=\"" + Texts(language).language().code +
                       "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                       "content=\"width=device-width, initial-scale=1\">\n<title>";
    page += title;
    page +=
        " - Hedgewitch</title>\n<link rel=\"stylesheet\" "
        "href=\"/static/page.css\">\n</head>\n<body>\n<main>\n<h1>";
    page += title;
    page += "</h1>\n";
    page += main;
    page += "</main>\n</body>\n</html>\n";
    return page;
}

PageAnswer says(int status, std::string_view language, std::string_view key) {
    const Texts texts(language);
    PageAnswer answer;
    answer.status = status;
    answer.body =
        plain_page(language, "Hedgewitch",
                   "<p>" + texts(key) + "</p>\n<p><a href=\"/\">" + texts("server.back") + "</a></p>\n");
    return answer;
}

}  // namespace node
