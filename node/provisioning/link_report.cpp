// node/provisioning/link_report.cpp - the words.
#include "node/provisioning/link_report.hpp"

#include <fmt/format.h>

namespace node {

std::vector<std::string> link_sentences(const LinkReport& link) {
    std::vector<std::string> all;
    all.push_back(
        fmt::format("It sets up one phone for {}, once, within the next {} minutes: scan it in Linphone "
                    "(\"QR code\" or \"Fetch remote configuration\" at its first start).",
                    link.user, link.good_for_s / 60));
    all.push_back(fmt::format(
        "Other phones: behind it /baresip (a line for ~/.baresip/accounts), /yealink, "
        "/grandstream or /snom (these three by their makers' manuals; nobody has tried "
        "them).{}",
        link.password_known ? ""
                            : fmt::format(" They need the password itself, which the node does not know: "
                                          "they are given a new one, and the phones that {} has now have "
                                          "to be set up anew.",
                                          link.user)));
    all.emplace_back(link.for_browsers
                         ? "A browser: open /phone on this node's page, and paste the link there."
                         : "No browser: this Hedgewitch was built without the phone for browsers.");
    if (link.plain) {
        all.push_back(
            fmt::format("It goes over plain HTTP, inside of your own network: nobody vouches for this node's "
                        "certificate, "
                        "and Linphone takes none that it cannot check. Whoever listens in this network "
                        "meanwhile can log in "
                        "as {}; with a certificate of yours (sip.tls_certificate) links go over HTTPS.",
                        link.user));
    } else if (!link.proven) {
        all.emplace_back(
            "It goes over HTTPS with the node's own certificate, which nobody vouches for: Linphone will "
            "refuse "
            "it; other phones have to be told to trust it.");
    }
    if (link.transport == "tls" && !link.proven)
        all.emplace_back(
            "Linphone is told not to check certificates, of any account that it has: the node's own cannot "
            "be "
            "checked.");
    return all;
}

}  // namespace node
