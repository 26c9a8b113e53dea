// node/daemon/provisioning_pages.cpp - a request becomes a command of the node, whose links are on
// another loop.
#include "node/daemon/provisioning_pages.hpp"

#include "node/provisioning/phone_account.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view links = "/p/", phonebooks = "/phonebook.";

std::string of_query(const PageRequest& request, const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? "" : found->second;
}

PageAnswer plain(int status, const std::string& sentence) {
    PageAnswer answer;
    answer.status = status;
    answer.type = "text/plain; charset=utf-8";
    answer.body = sentence + "\n";
    return answer;
}

}  // namespace

PageAnswer ProvisioningPages::answer(const PageRequest& request, sip::Now /*now*/) {
    Json command;
    if (request.path.starts_with(links)) {
        command = {{"command", "provision"},
                   {"path", request.path.substr(links.size())},
                   {"for", of_query(request, "for")},
                   {"by", request.peer.to_string()},
                   {"browser", request.wants_html}};
    } else if (request.path.starts_with(phonebooks)) {
        const bool vcard = request.path == "/phonebook.vcf";
        command = {{"command", "phonebook"},
                   {"user", of_query(request, "user")},
                   {"key", of_query(request, "key")},
                   {"for", vcard ? "vcard" : of_query(request, "for")}};
    } else {
        return plain(404, "There is nothing here.");
    }
    // What a page asks for is asked by POST: the server knows then that it is a page of its own, and nothing
    // that fetches ahead uses the link up.
    const bool by_a_page =
        request.path.starts_with(links) && of_query(request, "for") == name(PhoneKind::browser);
    if (by_a_page != (request.method == "POST")) return plain(405, "This is no way to ask for it.");
    const auto result = node_.ask(command);
    if (!result) return plain(503, result.error());
    PageAnswer answer;
    answer.status = result->value("status", 500);
    answer.type = result->value("type", "text/plain; charset=utf-8");
    answer.body = result->value("body", "");
    return answer;
}

}  // namespace node
