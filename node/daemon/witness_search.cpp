// node/daemon/witness_search.cpp - asks the overlay, and tells reach, sound and clock what it has met.
#include "node/daemon/witness_search.hpp"

#include <utility>
#include <vector>

#include "node/clock.hpp"
#include "node/names/contact.hpp"

namespace node {
namespace {

/// The contacts that are known by key: what they publish can be asked for.
std::vector<overlay::RecordName> key_names(const ContactTable& contacts) {
    std::vector<overlay::RecordName> names;
    for (const auto& contact : contacts.all()) {
        if (auto named = key_name_of(contact.uri))
            names.push_back({named->first, contact.secret, std::move(named->second)});
    }
    return names;
}

}  // namespace

void WitnessSearch::look() {
    const auto steady = now().steady;
    if (!parts_.overlay || steady < witnesses_.next_look()) return;
    for (auto& name : witnesses_.ask(key_names(parts_.contacts), own_key_, steady)) {
        const auto owner = name.owner;
        parts_.overlay->resolve(
            {std::move(name)}, alive_.guard([this, owner](const overlay::ResolveAnswer& answer) {
                parts_.clock.met(owner, answer.values, now());
                if (!answer.record || answer.revoked) return;
                witnesses_.met(*answer.record, [this](const overlay::TransportAddress& address) {
                    return parts_.own.why_not(address);
                });
                parts_.reach.set_witnesses(witnesses_.edges());
                parts_.media.look_outside();
            }));
    }
}

void WitnessSearch::look_now() {
    witnesses_.look_soon();
    look();
}

}  // namespace node
