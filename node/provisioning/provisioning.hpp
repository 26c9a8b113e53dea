// node/provisioning/provisioning.hpp - answers phones that come with a link, or for the phonebook. A core: it
// is told the time, and asks for accounts and contacts through an interface. One loop.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "node/names/contact.hpp"
#include "node/provisioning/links.hpp"
#include "node/provisioning/phonebook.hpp"

namespace node {

/// What HTTP is to answer.
struct ProvisioningAnswer {
    int status = 200;
    std::string type, body;
};

/// As it came over HTTP; nothing in it is believed.
struct ProvisioningRequest {
    std::string path;             // behind "/p/": the token, and what a phone has added to its URL
    std::string kind;             // "for" of the query; empty: by the path, else Linphone
    std::string by;               // the address that asks, for people
    bool from_a_browser = false;  // a person looks at it: shown what to do, and the link stays good
};

class ProvisioningHost {
public:
    struct Account {
        std::string realm, ha1_md5;
    };
    /// Nothing: there is no such user, or no password of this realm.
    [[nodiscard]] virtual std::optional<Account> account(const std::string& user) = 0;
    /// Made and kept: the one before is over. Or a sentence that says why not.
    [[nodiscard]] virtual tl::expected<std::string, std::string> new_password(const std::string& user) = 0;
    [[nodiscard]] virtual std::vector<Contact> contacts() = 0;
    /// Where phones fetch the phonebook from, "https://192.168.1.20:8443"; empty: nowhere.
    [[nodiscard]] virtual std::string page() const = 0;
    /// The same for browsers that become a phone; empty: this Hedgewitch was built without.
    [[nodiscard]] virtual std::string phone_for_browsers() const = 0;
    /// As phones_server().
    [[nodiscard]] virtual std::string server() const = 0;

protected:
    ~ProvisioningHost() = default;
};

class Provisioning {
public:
    /// Borrows the host. `secret`: the node's own, of which the keys of phonebooks are made.
    Provisioning(ProvisioningHost& host, const crypto::Bytes<32>& secret) : host_(host), secret_(secret) {}

    [[nodiscard]] ProvisioningAnswer settings(const ProvisioningRequest& request, sip::Now now);
    /// `form`: as phonebook_form_of().
    [[nodiscard]] ProvisioningAnswer contacts(const std::string& user, const std::string& key,
                                              const std::string& form);
    /// Empty: there is no such user, or no page.
    [[nodiscard]] std::string phonebook_url(const std::string& user);

    ProvisioningLinks& links() noexcept { return links_; }
    /// Links that were used, and phones that were refused.
    [[nodiscard]] std::uint64_t used() const noexcept { return used_; }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

private:
    ProvisioningAnswer refuse(int status, const std::string& sentence);

    ProvisioningHost& host_;
    const crypto::Bytes<32> secret_;
    ProvisioningLinks links_;
    std::uint64_t used_ = 0, refused_ = 0;
};

}  // namespace node
