// node/inbound/contact_index.cpp - contacts by whom they are.
#include "node/inbound/contact_index.hpp"

#include "crypto/name.hpp"
#include "node/names/host_kind.hpp"
#include "sip/syntax/display_name.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

std::string address_of(std::string_view user, std::string_view host) {
    return ContactIndex::plain_user(user) + "@" + canonical_host(host);
}

}  // namespace

std::string ContactIndex::plain_user(std::string_view user) {
    const std::string whole = sip::unescape(user.substr(0, user.find(';')));
    return sip::plain_display(sip::lowercase(std::string_view(whole).substr(0, whole.find(';'))));
}

void ContactIndex::reload(const std::vector<Contact>& contacts) {
    by_key_.clear();
    by_label_.clear();
    addresses_.clear();
    for (const Contact& contact : contacts) {
        const auto uri = sip::UriView::parse(contact.uri);
        if (!uri) continue;
        addresses_.insert(address_of(uri->user, uri->host));
        if (const auto key_name = key_name_of(contact.uri)) {
            by_key_.emplace(Caller{key_name->first, key_name->second}, contact.name);
        } else if (const auto label = crypto::canonical_label(sip::unescape(uri->user))) {
            by_label_.emplace(*label, ByDomain{sip::lowercase(uri->host), contact.name});
        }
    }
}

std::optional<std::string> ContactIndex::contact_of(const Caller& caller,
                                                    std::chrono::sys_seconds wall) const {
    if (const auto found = by_key_.find(caller); found != by_key_.end()) return found->second;
    const auto [first, last] = by_label_.equal_range(caller.label);
    for (auto it = first; it != last; ++it) {
        // A zone may have delegated the name to a key of its own; else the key of the whole zone or domain.
        const auto of_name = bound_key_(caller.label + "@" + it->second.host, wall);
        const auto key = of_name ? of_name : bound_key_(it->second.host, wall);
        if (key == caller.zone) return it->second.contact;
    }
    return std::nullopt;
}

bool ContactIndex::is_reserved(std::string_view user, std::string_view host) const {
    // A number that only some read as an address: shown, it would be another to each phone.
    const std::string canonical = canonical_host(host);
    if (std::holds_alternative<Literal>(classify(canonical)) &&
        !std::holds_alternative<Literal>(
            classify(host.ends_with('.') ? host.substr(0, host.size() - 1) : host)))
        return true;
    const HostName kind = classify(canonical);
    if (!std::holds_alternative<Domain>(kind) && !std::holds_alternative<Literal>(kind)) return true;
    return addresses_.contains(address_of(user, host));
}

}  // namespace node
