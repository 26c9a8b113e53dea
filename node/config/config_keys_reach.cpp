// node/config/config_keys_reach.cpp - whether the router is asked, and whom callers are sent to.
#include "node/config/config_keys_reach.hpp"

#include <utility>

namespace node {
namespace {

bool yes_or_no(const toml::node& value) {
    if (!value.is_boolean()) throw BadValue("true or false", value);
    return value.as_boolean()->get();
}

std::string word(bool yes) {
    return yes ? "true" : "false";
}

void read_lease(const toml::node& value, Config& c) {
    constexpr std::int64_t shortest = 20, longest = 86400;
    const auto* seconds = value.as_integer();
    if (seconds == nullptr || seconds->get() < shortest || seconds->get() > longest)
        throw BadValue("a whole number from 20 to 86400", value);
    c.reach_lease = std::chrono::seconds(seconds->get());
}

constexpr std::array<std::pair<const char*, RecordContacts>, 3> contacts_words{
    {{"edge", RecordContacts::edge}, {"direct", RecordContacts::direct}, {"both", RecordContacts::both}}};

void read_contacts(const toml::node& value, Config& c) {
    constexpr const char* allowed = "\"edge\", \"direct\" or \"both\"";
    if (!value.is_string()) throw BadValue(allowed, value);
    for (const auto& [text, meaning] : contacts_words) {
        if (value.as_string()->get() == text) return static_cast<void>(c.record_contacts = meaning);
    }
    throw BadValue(allowed, value);
}

std::string write_contacts(const Config& c) {
    for (const auto& [text, meaning] : contacts_words) {
        if (c.record_contacts == meaning) return std::string("\"") + text + "\"";
    }
    return {};
}

}  // namespace

const std::array<ConfigKey, 4>& reach_keys() {
    static const std::array<ConfigKey, 4> keys{
        ConfigKey{"reach", "nat_pmp", "Ask the router for open ports over NAT-PMP.",
                  [](const toml::node& v, Config& c) { c.reach_nat_pmp = yes_or_no(v); },
                  [](const Config& c) { return word(c.reach_nat_pmp); }},
        ConfigKey{"reach", "upnp", "Ask the router over UPnP when it does not answer NAT-PMP.",
                  [](const toml::node& v, Config& c) { c.reach_upnp = yes_or_no(v); },
                  [](const Config& c) { return word(c.reach_upnp); }},
        ConfigKey{"reach", "lease_s",
                  "For how long the router is asked to keep a port open; renewed at half of it.", read_lease,
                  [](const Config& c) { return std::to_string(c.reach_lease.count()); }},
        ConfigKey{"record", "contacts",
                  "Whom callers are sent to: \"edge\", this node; \"direct\", a phone with an address that "
                  "others reach, past this node and its policy; \"both\", such a phone first.",
                  read_contacts, write_contacts}};
    return keys;
}

}  // namespace node
