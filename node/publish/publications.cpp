// node/publish/publications.cpp - what is published, put together.
#include "node/publish/publications.hpp"

#include <algorithm>

namespace node {
namespace {

void add_user(Publications& all, const PublishedUser& user, const Ownership& ownership) {
    bool certified = false;
    for (const auto& name : ownership.certified) {
        if (name.label != user.label) continue;
        certified = true;
        if (user.record) all[name] = *user.record;
    }
    if (certified || !user.record) return;
    if (user.listed) all[{ownership.own_key, {}, user.label}] = *user.record;
    for (const auto& secret : user.secrets)
        all[{ownership.own_key, secret, user.label}] = *user.record;
}

/// A key that is given up says so under each of its names: whoever asks for one of them learns it at once,
/// and the newer record stands against whatever a thief of the key has published.
void say_revoked(Publications& all, const std::vector<PublishedUser>& users, const Ownership& ownership) {
    overlay::InnerRecord tombstone;
    tombstone.kind = overlay::Kind::tombstone;
    tombstone.target = ownership.moved_to;
    for (const auto& user : users) {
        if (user.listed) all[{ownership.own_key, {}, user.label}] = tombstone;
        for (const auto& secret : user.secrets)
            all[{ownership.own_key, secret, user.label}] = tombstone;
    }
    for (const auto& [label, target] : ownership.delegations)
        all[{ownership.own_key, {}, label}] = tombstone;
}

}  // namespace

Publications publications(const std::vector<PublishedUser>& users, const Ownership& ownership) {
    Publications all;
    if (ownership.revoked) {
        say_revoked(all, users, ownership);
        return all;
    }
    for (const auto& user : users)
        add_user(all, user, ownership);
    for (const auto& [label, target] : ownership.delegations) {
        overlay::InnerRecord record;
        record.kind = overlay::Kind::delegation;
        record.target = target;
        all[{ownership.own_key, {}, label}] = record;
    }
    return all;
}

}  // namespace node
