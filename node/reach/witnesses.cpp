// node/reach/witnesses.cpp - the edges of a few contacts.
#include "node/reach/witnesses.hpp"

#include <algorithm>
#include <utility>

#include "overlay/contact_filter.hpp"

namespace node {

Witnesses::Time Witnesses::next_look() const noexcept {
    if (!asked_at_) return Time{};
    constexpr unsigned most_doublings = 8;
    const int doubled = 1 << std::min(looks_, most_doublings);
    if (edges_.empty())
        return *asked_at_ + std::min<std::chrono::seconds>(look_again_without, look_again_soon * doubled);
    if (!met_since_asked_) return *asked_at_ + look_again_without;
    return *asked_at_ + std::min<std::chrono::seconds>(look_again, look_again_first * doubled);
}

std::vector<overlay::RecordName> Witnesses::ask(const std::vector<overlay::RecordName>& contacts,
                                                const crypto::PublicKey& own, Time now) {
    looks_ = asked_at_ ? looks_ + 1 : 0;
    asked_at_ = now;
    // A call may want to know them while they are looked for.
    if (!met_since_asked_) {
        edges_.clear();
        stun_.clear();
    }
    met_since_asked_ = false;
    std::vector<overlay::RecordName> names;
    for (const auto& contact : contacts) {
        if (names.size() == most_asked) break;
        // Several names of one owner lead to one node, and would leave no room for others'.
        const bool asked =
            std::ranges::any_of(names, [&](const auto& n) { return n.owner == contact.owner; });
        if (contact.owner != own && !asked) names.push_back(contact);
    }
    return names;
}

void Witnesses::met(const overlay::InnerRecord& record, const AddressJudge& judge) {
    if (!std::exchange(met_since_asked_, true)) {
        edges_.clear();
        stun_.clear();
    }
    for (const auto& edge : record.edges) {
        for (const auto& at : edge.addresses) {
            const bool tcp = at.transport == overlay::Transport::tcp,
                       udp = at.transport == overlay::Transport::udp;
            if ((!tcp && !udp) || !overlay::is_global(at.address) || !judge(at).empty()) continue;
            auto& known = tcp ? edges_ : stun_;
            if (known.size() < most_known) known.push_back({at.address, at.port});
        }
    }
}

}  // namespace node
