// node/media/lent_doors.cpp - who is inside, who is outside, and for how long.
#include "node/media/lent_doors.hpp"

#include <algorithm>

#include "node/media/door_proof.hpp"
#include "node/media/stun_query.hpp"
#include "overlay/contact_filter.hpp"

namespace node {
namespace {

constexpr std::uint16_t first_port = 1024;  // below are the system's services (RFC 6335 §6)

}  // namespace

std::optional<LendRefusal> LentDoors::why_not(const crypto::PublicKey& borrower) const {
    if (doors_.size() >= most) return LendRefusal::busy;
    if (of(borrower).size() >= most_of_one) return LendRefusal::full;
    return std::nullopt;
}

LentDoors::Id LentDoors::lend(const Door& door, const DoorSecret& secret, Time now) {
    Lent lent;
    lent.door = door;
    lent.secret = secret;
    lent.began = lent.proved = lent.spoke = now;
    doors_.emplace(++last_, std::move(lent));
    ++counters_.lent;
    return last_;
}

std::optional<LentDoors::Id> LentDoors::find(const Door& door) const {
    const auto found =
        std::find_if(doors_.begin(), doors_.end(), [&](const auto& one) { return one.second.door == door; });
    return found == doors_.end() ? std::nullopt : std::optional(found->first);
}

bool LentDoors::may_be_aimed_at(const sip::Endpoint& at) {
    return at.port == 0 || (at.port >= first_port && overlay::is_global(at.address));
}

bool LentDoors::aim(Id id, const sip::Doors::Peer& peer, Time now) {
    const auto found = doors_.find(id);
    if (found == doors_.end()) return false;
    const bool good = std::all_of(peer.addresses.begin(), peer.addresses.end(),
                                  [](const auto& address) { return overlay::is_global(address); }) &&
                      (!peer.rtp || may_be_aimed_at(*peer.rtp)) &&
                      (!peer.rtcp || may_be_aimed_at(*peer.rtcp));
    if (!good) {
        ++counters_.bad_aims;
        return false;
    }
    found->second.outside.aim(peer, now);
    return true;
}

LentDoors::Passed LentDoors::came(Id id, Component component, const sip::Endpoint& source,
                                  std::string_view datagram, Time now) {
    const auto found = doors_.find(id);
    if (found == doors_.end() || datagram.empty()) return {};
    Lent& lent = found->second;
    Inside& inside = lent.inside[static_cast<std::size_t>(component)];
    if (const auto proof = parse_door_proof(datagram, lent.secret)) {
        const bool fresh = proof->kind == DoorProof::Kind::shown && proof->component == component &&
                           proof->count > inside.count;
        if (!fresh) {
            ++counters_.strangers;
            return {};
        }
        inside = {source, proof->count};
        lent.proved = now;
        return {source, to_bytes({DoorProof::Kind::answered, component, proof->count}, lent.secret)};
    }
    const bool from_inside = inside.at == source;
    if (!from_inside && !lent.outside.takes(component, source, datagram.size(), now)) {
        ++counters_.strangers;
        return {};
    }
    if (from_inside && !is_stun_indication(datagram)) lent.spoke = now;
    const auto to = from_inside ? lent.outside.target(component, now) : inside.at;
    if (!to) return {};
    if (!pay(lent.door.borrower, datagram.size(), now)) {
        ++counters_.over;
        return {};
    }
    ++counters_.packets;
    counters_.bytes += datagram.size();
    return {to, std::nullopt};
}

bool LentDoors::pay(const crypto::PublicKey& borrower, std::size_t size, Time now) {
    auto& rate =
        rates_.try_emplace(borrower, bytes_a_second / 2, sip::TokenBucket::Seconds(0.5)).first->second;
    const auto price = static_cast<double>(size);
    return all_.has(price, now) && rate.take(price, now) && all_.take(price, now);
}

void LentDoors::left(const crypto::PublicKey& borrower, Time now) {
    for (auto& [id, lent] : doors_) {
        if (lent.door.borrower == borrower) lent.left = now;
    }
}

void LentDoors::back(const crypto::PublicKey& borrower) {
    for (auto& [id, lent] : doors_) {
        if (lent.door.borrower == borrower) lent.left.reset();
    }
}

std::vector<std::pair<LentDoors::Id, LentDoors::Door>> LentDoors::of(
    const crypto::PublicKey& borrower) const {
    std::vector<std::pair<Id, Door>> his;
    for (const auto& [id, lent] : doors_) {
        if (lent.door.borrower == borrower) his.emplace_back(id, lent.door);
    }
    return his;
}

bool LentDoors::is_over(const Lent& lent, Time now) {
    if (now - lent.proved > silence || (lent.left && now - *lent.left > grace)) return true;
    if (!lent.outside.aimed()) return now - lent.began > longest_ringing;
    const auto since = std::max(lent.spoke, lent.outside.silent_since());
    return now - since > (lent.outside.rests() ? Time::duration(longest_rest) : Time::duration(silence));
}

std::vector<std::pair<LentDoors::Id, LentDoors::Door>> LentDoors::on_time(Time now) {
    std::vector<std::pair<Id, Door>> over;
    std::erase_if(doors_, [&](const auto& one) {
        if (!is_over(one.second, now)) return false;
        over.emplace_back(one.first, one.second.door);
        return true;
    });
    counters_.ended += over.size();
    std::erase_if(rates_, [&](const auto& one) {
        return one.second.has(one.second.full(), now) && of(one.first).empty();
    });
    return over;
}

}  // namespace node
