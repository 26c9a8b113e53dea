// node/reach/witnesses.cpp - the edges of a few contacts.
#include "node/reach/witnesses.hpp"

#include "overlay/contact_filter.hpp"

namespace node {

Witnesses::Time Witnesses::next_look() const noexcept {
    if (!asked_at_) return Time{};
    return *asked_at_ + (edges_.empty() ? std::chrono::seconds(look_again_without) : look_again);
}

std::vector<overlay::RecordName> Witnesses::ask(const std::vector<overlay::RecordName>& contacts,
                                                const crypto::PublicKey& own, Time now) {
    asked_at_ = now;
    edges_.clear();
    std::vector<overlay::RecordName> names;
    for (const auto& contact : contacts) {
        if (names.size() == most_asked) break;
        if (contact.owner != own) names.push_back(contact);
    }
    return names;
}

void Witnesses::met(const overlay::InnerRecord& record, const AddressJudge& judge) {
    for (const auto& edge : record.edges) {
        for (const auto& at : edge.addresses) {
            if (edges_.size() == most_known) return;
            if (at.transport == overlay::Transport::tcp && overlay::is_global(at.address) &&
                judge(at).empty())
                edges_.push_back({at.address, at.port});
        }
    }
}

}  // namespace node
