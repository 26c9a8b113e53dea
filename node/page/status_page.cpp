// node/page/status_page.cpp - one sentence, and a way out.
#include "node/page/status_page.hpp"

#include "node/page/page_scripts.hpp"
#include "node/page/server_texts.hpp"

namespace node {
namespace {

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

}  // namespace

PageAnswer StatusPage::answer(const PageRequest& request, sip::Now) {
    if (request.path != "/") return says(404, request.language, server_texts(request.language).not_found);
    const auto status = node_.ask({{"command", "status"}});
    if (!status) return says(503, request.language, server_texts(request.language).failed);
    const nlohmann::ordered_json::json_pointer reach("/reach/says");
    PageAnswer answer;
    answer.body = plain_page(
        request.language, "Hedgewitch",
        "<p id=\"reach\" data-live>" + escaped(status->value(reach, std::string())) +
            "</p>\n<form method=\"post\" action=\"/logout\"><input type=\"hidden\" name=\"csrf\" "
            "value=\"" +
            request.csrf + "\"><button type=\"submit\">Log out</button></form>\n" + live_script_tag + "\n");
    return answer;
}

}  // namespace node
