// node/publish/record_publisher.cpp - compares what should be published with what is.
#include "node/publish/record_publisher.hpp"

#include <algorithm>

namespace node {

RecordPublisher::RecordPublisher(const StateTables& tables, const crypto::Identity& identity,
                                 RecordContacts contacts, const RecordHost& host)
    : tables_(tables),
      identity_(identity.clone()),
      policy_{contacts, [&host](const asio::ip::address& at) { return host.is_reached_by_others(at); }},
      host_(host) {
    reload();
}

void RecordPublisher::reload() {
    certified_ = tables_.certificates.all();
    ownership_ = {};
    ownership_.own_key = identity_.public_key();
    for (const auto& certified : certified_)
        ownership_.certified.push_back(certified.name);
    ownership_.delegations = tables_.delegations.targets();
    ownership_.revoked = tables_.tombstones.own_revoked();
    ownership_.moved_to = tables_.tombstones.moved_to();
    users_.clear();
    for (const auto& row : tables_.users.all())
        users_[row.label] = {row.label, row.listed, tables_.invites.secrets_of(row.label), {}};
}

crypto::PublicKey RecordPublisher::owner_of(const std::string& label) const {
    const auto found = std::find_if(certified_.begin(), certified_.end(),
                                    [&](const auto& certified) { return certified.name.label == label; });
    return found != certified_.end() ? found->name.owner : identity_.public_key();
}

std::optional<overlay::InnerRecord> RecordPublisher::record_of(const std::string& label, sip::Now now) const {
    auto policy = policy_;
    policy.neighbours = host_.may_have_neighbours();
    auto record = own_record(host_.phones_of(label, now), host_.advertised(), identity_, host_.tls_key_hash(),
                             policy, host_.through());
    if (record) record->ticket_key = ticket_key_;
    return record;
}

RecordPublisher::Changes RecordPublisher::refresh(sip::Now now) {
    ticket_key_ = host_.ticket_key(now.wall);
    std::vector<PublishedUser> users;
    for (auto& [label, user] : users_) {
        user.record = record_of(label, now);
        users.push_back(user);
    }
    return change_to(publications(users, ownership_), nullptr);
}

RecordPublisher::Changes RecordPublisher::user_changed(const std::string& label, sip::Now now) {
    if (host_.ticket_key(now.wall) != ticket_key_) return refresh(now);
    const auto user = users_.find(label);
    if (user == users_.end()) return {};
    user->second.record = record_of(label, now);
    return change_to(publications({user->second}, ownership_), &label);
}

RecordPublisher::Changes RecordPublisher::on_time(sip::Now now) {
    if (host_.ticket_key(now.wall) == ticket_key_) return {};
    return refresh(now);
}

RecordPublisher::Changes RecordPublisher::change_to(const Publications& wanted, const std::string* label) {
    const auto meant = [label](const overlay::RecordName& name) {
        return label == nullptr || name.label == *label;
    };
    Changes changes;
    for (auto known = published_.begin(); known != published_.end();) {
        if (!meant(known->first) || wanted.contains(known->first)) {
            ++known;
            continue;
        }
        changes.push_back({known->first, std::nullopt});
        known = published_.erase(known);
    }
    for (const auto& [name, record] : wanted) {
        if (!meant(name)) continue;
        const auto [known, is_new] = published_.try_emplace(name, record);
        if (!is_new && known->second == record) continue;
        known->second = record;
        changes.push_back({name, record});
    }
    return changes;
}

}  // namespace node
