// node/cli/phone_link.cpp - asks, draws, explains.
#include "node/cli/phone_link.hpp"

#include <unistd.h>

#include <iostream>

#include "node/cli/control_client.hpp"
#include "node/names/qr.hpp"
#include "node/provisioning/link_report.hpp"

namespace node {

void print_link(const CommandContext& context, const std::string& user, const std::string& password,
                const LinkOptions& options) {
    Json request = {{"command", "link"},
                    {"user", user},
                    {"transport", options.transport},
                    {"encryption", options.encryption},
                    {"https", options.https}};
    if (!password.empty()) request["password"] = password;
    const Json answer = ask_node(context.paths.control_socket, request);
    if (!options.png.empty()) write_qr_png(options.png, answer.at("url").get<std::string>(), Privacy::secret);
    if (options.json) {
        std::cout << answer.dump(2) << "\n";
        return;
    }
    const auto link = answer.get<LinkReport>();
    std::cout << link.url << "\n";
    if (isatty(STDOUT_FILENO) != 0) std::cout << "\n" << qr_text(link.url) << "\n";
    for (const auto& sentence : link_sentences(link))
        std::cout << sentence << "\n";
    if (!link.phonebook.empty())
        std::cout << "Phonebook  " << link.phonebook
                  << "&for=yealink    (or grandstream, snom; as vCard phonebook.vcf)\n";
}

void offer_link(const CommandContext& context, const std::string& user, const std::string& password) {
    try {
        std::cout << "Or with a link:  ";
        print_link(context, user, password, {});
    } catch (const NotRunning&) {
        std::cout << "`hedgewitch user link " << user << "`, once the node runs\n";
    } catch (const std::runtime_error& e) {
        std::cout << "there is none: " << e.what() << "\n";
    }
}

}  // namespace node
