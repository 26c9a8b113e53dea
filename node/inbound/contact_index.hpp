// node/inbound/contact_index.hpp - which of the person's contacts a verified caller is, and which addresses
// may only be shown when they are verified. Looked up for each call, so it is indexed. A core: time is handed
// in. SIP loop only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node/inbound/caller_tickets.hpp"
#include "node/names/contact.hpp"

namespace node {

class ContactIndex {
public:
    /// The key that a domain, a zone, or a name of one ("alice@riverside") is bound to at that time.
    using BoundKey = std::function<std::optional<crypto::PublicKey>(const std::string& name,
                                                                    std::chrono::sys_seconds wall)>;
    explicit ContactIndex(BoundKey bound_key) : bound_key_(std::move(bound_key)) {}

    void reload(const std::vector<Contact>& contacts);

    /// The contact's name; nothing: no contact.
    [[nodiscard]] std::optional<std::string> contact_of(const Caller& caller,
                                                        std::chrono::sys_seconds wall) const;

    /// Whether an unverified caller who gives this address is shown another: phones put the name of their own
    /// address book beside it. So it is for every key name, and for the address of each contact.
    [[nodiscard]] bool is_reserved(std::string_view user, std::string_view host) const;

    /// A user part as it is compared: unescaped, lowercase, without parameters and without what cannot be
    /// seen.
    [[nodiscard]] static std::string plain_user(std::string_view user);

private:
    struct ByDomain {
        std::string host, contact;
    };
    BoundKey bound_key_;
    std::map<Caller, std::string> by_key_;
    std::multimap<std::string, ByDomain> by_label_;  // contacts at domains and zones
    std::set<std::string> addresses_;                // "alice@example.org" of every contact
};

}  // namespace node
