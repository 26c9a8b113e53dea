// tests/node/state/released_schemas.hpp - what the state file of each release looks like, as that release has
// made it (its own text, with its user_version). Never edited: a release adds its own.
#pragma once

#include <array>

namespace node {

constexpr const char* schema_0_1_0 = R"(
    CREATE TABLE user(
        label TEXT PRIMARY KEY, realm TEXT NOT NULL, ha1_md5 TEXT NOT NULL, ha1_sha256 TEXT NOT NULL,
        created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE binding(
        user TEXT NOT NULL, position INTEGER NOT NULL, contact TEXT NOT NULL, q INTEGER NOT NULL,
        expires INTEGER NOT NULL, call_id TEXT NOT NULL, cseq INTEGER NOT NULL, instance TEXT NOT NULL,
        reg_id INTEGER NOT NULL, path TEXT NOT NULL, user_agent TEXT NOT NULL, parameters TEXT NOT NULL,
        transport INTEGER NOT NULL, local TEXT NOT NULL, remote TEXT NOT NULL,
        PRIMARY KEY(user, position)) STRICT, WITHOUT ROWID;
    CREATE TABLE dht_node(id BLOB PRIMARY KEY, endpoint TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE seen_seq(
        blinded BLOB NOT NULL, slot INTEGER NOT NULL, seq INTEGER NOT NULL, period INTEGER NOT NULL,
        PRIMARY KEY(blinded, slot)) STRICT, WITHOUT ROWID;
    CREATE TABLE published_seq(
        blinded BLOB PRIMARY KEY, seq INTEGER NOT NULL, period INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)";

constexpr const char* added_by_0_2_0 = R"(
    ALTER TABLE user ADD COLUMN listed INTEGER NOT NULL DEFAULT 1;  -- 0: only who has an invite finds it
    CREATE TABLE trust(  -- which key a name is bound to, and one that wants to take its place
        name TEXT PRIMARY KEY, key BLOB NOT NULL, source INTEGER NOT NULL, first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL, max_age INTEGER NOT NULL,
        new_key BLOB NOT NULL, new_source INTEGER NOT NULL, new_seen INTEGER NOT NULL,
        rejected_key BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE contact(
        name TEXT PRIMARY KEY, number TEXT UNIQUE, uri TEXT NOT NULL, secret BLOB NOT NULL,
        created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE invite(  -- secrets under which a user of ours is published besides, or instead of, its name
        label TEXT NOT NULL, secret BLOB NOT NULL, note TEXT NOT NULL, created INTEGER NOT NULL,
        PRIMARY KEY(label, secret)) STRICT, WITHOUT ROWID;
    CREATE TABLE delegation(
        label TEXT PRIMARY KEY, target BLOB NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE device(  -- nodes that this owner has certified
        key BLOB PRIMARY KEY, slot INTEGER NOT NULL UNIQUE, valid_until INTEGER NOT NULL,
        created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE certificate(  -- by which this node writes in the name of another key
        owner BLOB NOT NULL, label TEXT NOT NULL, secret BLOB NOT NULL, period INTEGER NOT NULL,
        slot INTEGER NOT NULL, certificate BLOB NOT NULL,
        PRIMARY KEY(owner, label, secret, period)) STRICT, WITHOUT ROWID;
    CREATE TABLE tombstone(  -- pre-signed, of this node's key or a friend's, to be published
        epoch INTEGER NOT NULL, block BLOB NOT NULL, PRIMARY KEY(epoch, block)) STRICT, WITHOUT ROWID;
    CREATE TABLE given_up(  -- at most one row: this node's own key is revoked; empty: it moved nowhere
        moved_to BLOB PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE revoked(key BLOB PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE fact(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)";

constexpr const char* added_by_0_3_0 = R"(
    ALTER TABLE user ADD COLUMN listed INTEGER NOT NULL DEFAULT 1;  -- 0: only who has an invite finds it
    ALTER TABLE user ADD COLUMN delivery TEXT NOT NULL DEFAULT '';  -- auto, redirect, proxy; '': as the node
    CREATE TABLE trust(  -- which key a name is bound to, and one that wants to take its place
        name TEXT PRIMARY KEY, key BLOB NOT NULL, source INTEGER NOT NULL, first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL, max_age INTEGER NOT NULL,
        new_key BLOB NOT NULL, new_source INTEGER NOT NULL, new_seen INTEGER NOT NULL,
        rejected_key BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE contact(
        name TEXT PRIMARY KEY, number TEXT UNIQUE, uri TEXT NOT NULL, secret BLOB NOT NULL,
        created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE invite(  -- secrets under which a user of ours is published besides, or instead of, its name
        label TEXT NOT NULL, secret BLOB NOT NULL, note TEXT NOT NULL, created INTEGER NOT NULL,
        PRIMARY KEY(label, secret)) STRICT, WITHOUT ROWID;
    CREATE TABLE delegation(
        label TEXT PRIMARY KEY, target BLOB NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE device(  -- nodes that this owner has certified
        key BLOB PRIMARY KEY, slot INTEGER NOT NULL UNIQUE, valid_until INTEGER NOT NULL,
        created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE certificate(  -- by which this node writes in the name of another key
        owner BLOB NOT NULL, label TEXT NOT NULL, secret BLOB NOT NULL, period INTEGER NOT NULL,
        slot INTEGER NOT NULL, certificate BLOB NOT NULL,
        PRIMARY KEY(owner, label, secret, period)) STRICT, WITHOUT ROWID;
    CREATE TABLE tombstone(  -- pre-signed, of this node's key or a friend's, to be published
        epoch INTEGER NOT NULL, block BLOB NOT NULL, PRIMARY KEY(epoch, block)) STRICT, WITHOUT ROWID;
    CREATE TABLE given_up(  -- at most one row: this node's own key is revoked; empty: it moved nowhere
        moved_to BLOB PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE revoked(key BLOB PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE fact(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    ALTER TABLE user ADD COLUMN strangers TEXT NOT NULL DEFAULT '';  -- allow, ask, reject; '': as the node
    CREATE TABLE waiting_caller(  -- refused by "ask", until the person decides
        number INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, caller TEXT NOT NULL, name TEXT NOT NULL,
        verified INTEGER NOT NULL, first_call INTEGER NOT NULL, last_call INTEGER NOT NULL,
        calls INTEGER NOT NULL, UNIQUE(user, caller, verified)) STRICT;
    CREATE TABLE blocked_caller(
        caller TEXT NOT NULL, verified INTEGER NOT NULL, since INTEGER NOT NULL,
        PRIMARY KEY(caller, verified)) STRICT, WITHOUT ROWID;
)";

constexpr const char* added_by_0_4_0 = R"(
    ALTER TABLE user ADD COLUMN listed INTEGER NOT NULL DEFAULT 1;  -- 0: only who has an invite finds it
    ALTER TABLE user ADD COLUMN delivery TEXT NOT NULL DEFAULT '';  -- auto, redirect, proxy; '': as the node
    CREATE TABLE trust(  -- which key a name is bound to, and one that wants to take its place
        name TEXT PRIMARY KEY, key BLOB NOT NULL, source INTEGER NOT NULL, first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL, max_age INTEGER NOT NULL,
        new_key BLOB NOT NULL, new_source INTEGER NOT NULL, new_seen INTEGER NOT NULL,
        rejected_key BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE contact(
        name TEXT PRIMARY KEY, number TEXT UNIQUE, uri TEXT NOT NULL, secret BLOB NOT NULL,
        created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE invite(  -- secrets under which a user of ours is published besides, or instead of, its name
        label TEXT NOT NULL, secret BLOB NOT NULL, note TEXT NOT NULL, created INTEGER NOT NULL,
        PRIMARY KEY(label, secret)) STRICT, WITHOUT ROWID;
    CREATE TABLE delegation(
        label TEXT PRIMARY KEY, target BLOB NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE device(  -- nodes that this owner has certified
        key BLOB PRIMARY KEY, slot INTEGER NOT NULL UNIQUE, valid_until INTEGER NOT NULL,
        created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE certificate(  -- by which this node writes in the name of another key
        owner BLOB NOT NULL, label TEXT NOT NULL, secret BLOB NOT NULL, period INTEGER NOT NULL,
        slot INTEGER NOT NULL, certificate BLOB NOT NULL,
        PRIMARY KEY(owner, label, secret, period)) STRICT, WITHOUT ROWID;
    CREATE TABLE tombstone(  -- pre-signed, of this node's key or a friend's, to be published
        epoch INTEGER NOT NULL, block BLOB NOT NULL, PRIMARY KEY(epoch, block)) STRICT, WITHOUT ROWID;
    CREATE TABLE given_up(  -- at most one row: this node's own key is revoked; empty: it moved nowhere
        moved_to BLOB PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE revoked(key BLOB PRIMARY KEY, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE owner_node(  -- for a name (hashed) that was found, its owner's nodes; higher ids are later
        id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, nodes TEXT NOT NULL) STRICT;
    CREATE TABLE fact(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    ALTER TABLE user ADD COLUMN strangers TEXT NOT NULL DEFAULT '';  -- allow, ask, reject; '': as the node
    CREATE TABLE waiting_caller(  -- refused by "ask", until the person decides
        number INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, caller TEXT NOT NULL, name TEXT NOT NULL,
        verified INTEGER NOT NULL, first_call INTEGER NOT NULL, last_call INTEGER NOT NULL,
        calls INTEGER NOT NULL, UNIQUE(user, caller, verified)) STRICT;
    CREATE TABLE blocked_caller(
        caller TEXT NOT NULL, verified INTEGER NOT NULL, since INTEGER NOT NULL,
        PRIMARY KEY(caller, verified)) STRICT, WITHOUT ROWID;
)";

/// What was made by `release` on top of schema_0_1_0, and its user_version.
struct Released {
    const char *release, *added;
    int user_version;
};
constexpr std::array released = {Released{"0.1.0", "", 1}, Released{"0.2.0", added_by_0_2_0, 2},
                                 Released{"0.3.0", added_by_0_3_0, 2}, Released{"0.4.0", added_by_0_4_0, 2}};

}  // namespace node
