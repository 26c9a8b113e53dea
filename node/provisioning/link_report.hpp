// node/provisioning/link_report.hpp - a link as it is told to the person who asked for it: by `hedgewitch
// user link` and by the page, in the same words. Values only: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/json_fields.hpp"

namespace node {

/// What the command "link" answers.
struct LinkReport {
    std::string user, url;
    bool plain = false;           // HTTP: phones cannot check the node's certificate
    bool proven = false;          // they can
    bool password_known = false;  // else phones but Linphone get a new one
    std::int64_t good_for_s = 0;
    std::string transport, encryption, server, stun_server, phonebook;
    bool for_browsers = false;  // the node has the phone for browsers
    static void fields(auto& self, auto& field) {
        field("user", self.user);
        field("url", self.url);
        field("plain", self.plain);
        field("proven", self.proven);
        field("password_known", self.password_known);
        field("good_for_s", self.good_for_s);
        field("transport", self.transport);
        field("encryption", self.encryption);
        field("server", self.server);
        field("stun_server", self.stun_server);
        field("phonebook", self.phonebook);
        field("for_browsers", self.for_browsers);
    }
};

/// A sentence a line: what to do with the link, and what it does not promise.
[[nodiscard]] std::vector<std::string> link_sentences(const LinkReport& link);

}  // namespace node
