// node/state/overlay_memory.cpp - a table for each thing to remember.
#include "node/state/overlay_memory.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <sstream>

#include "node/addresses.hpp"
#include "node/state/facts.hpp"

namespace node {
namespace {

constexpr std::string_view network_of_nodes = "network_of_dht_nodes";

template <std::size_t N>
bool copy_exactly(const std::vector<std::uint8_t>& from, crypto::Bytes<N>& to) {
    if (from.size() != N) return false;
    std::copy(from.begin(), from.end(), to.begin());
    return true;
}

template <typename F>
void or_log(const char* what, F&& read) {
    try {
        read();
    } catch (const DatabaseError& e) {
        spdlog::error("overlay: {} could not be read: {}", what, e.what());
    }
}

template <typename F>
void or_tell(Database& db, const char* what, F&& write) {
    try {
        write();
    } catch (const DatabaseError& e) {
        db.write_failed(what, e);
    }
}

}  // namespace

std::vector<overlay::Memory::KnownNode> OverlayMemory::load_nodes() {
    std::vector<KnownNode> nodes;
    or_log("known nodes", [&] {
        // Nodes kept by a version that did not say of which network are of ours.
        if (Facts(db_).get(network_of_nodes).value_or(network_) != network_) return;
        auto select = db_.prepare("SELECT id, endpoint FROM dht_node");
        while (select.step()) {
            KnownNode node;
            const auto endpoint = parse_endpoint(select.text(1));
            if (!endpoint || !copy_exactly(select.blob(0), node.id)) continue;
            node.endpoint = {endpoint->address, endpoint->port};
            nodes.push_back(node);
        }
    });
    return nodes;
}

void OverlayMemory::save_nodes(const std::vector<KnownNode>& nodes) {
    or_tell(db_, "known nodes", [&] {
        Transaction transaction(db_);
        db_.execute("DELETE FROM dht_node");
        Facts(db_).set(network_of_nodes, network_);
        auto insert = db_.prepare("INSERT OR REPLACE INTO dht_node VALUES(?, ?)");
        for (const auto& node : nodes) {
            insert.bind(1, node.id)
                .bind(2, sip::to_string({node.endpoint.address(), node.endpoint.port()}))
                .run();
        }
        transaction.commit();
    });
}

std::vector<overlay::RollbackMemory::Entry> OverlayMemory::load_seen() {
    std::vector<overlay::RollbackMemory::Entry> entries;
    or_log("seen seqs", [&] {
        auto select = db_.prepare("SELECT blinded, slot, seq, period FROM seen_seq");
        while (select.step()) {
            overlay::RollbackMemory::Entry entry;
            if (!copy_exactly(select.blob(0), entry.blinded)) continue;
            entry.slot = static_cast<std::uint8_t>(select.number(1));
            entry.seq = static_cast<std::uint16_t>(select.number(2));
            entry.period = static_cast<std::uint32_t>(select.number(3));
            entries.push_back(entry);
        }
    });
    return entries;
}

void OverlayMemory::save_seen(const overlay::RollbackMemory::Entry& entry) {
    or_tell(db_, "a seen seq", [&] {
        Transaction transaction(db_);
        // A' is of one day: what is two periods old can never be met again.
        db_.prepare("DELETE FROM seen_seq WHERE period + 1 < ?").bind(1, std::int64_t{entry.period}).run();
        auto insert = db_.prepare("INSERT OR REPLACE INTO seen_seq VALUES(?, ?, ?, ?)");
        insert.bind(1, entry.blinded).bind(2, std::int64_t{entry.slot}).bind(3, std::int64_t{entry.seq});
        insert.bind(4, std::int64_t{entry.period}).run();
        transaction.commit();
    });
}

std::vector<overlay::Memory::PublishedSeq> OverlayMemory::load_published() {
    std::vector<PublishedSeq> entries;
    or_log("published seqs", [&] {
        auto select = db_.prepare("SELECT blinded, seq, period FROM published_seq");
        while (select.step()) {
            PublishedSeq entry;
            if (!copy_exactly(select.blob(0), entry.blinded)) continue;
            entry.seq = static_cast<std::uint16_t>(select.number(1));
            entry.period = static_cast<std::uint32_t>(select.number(2));
            entries.push_back(entry);
        }
    });
    return entries;
}

void OverlayMemory::save_published(const PublishedSeq& entry) {
    or_tell(db_, "a published seq", [&] {
        Transaction transaction(db_);
        db_.prepare("DELETE FROM published_seq WHERE period + 1 < ?")
            .bind(1, std::int64_t{entry.period})
            .run();
        auto insert = db_.prepare("INSERT OR REPLACE INTO published_seq VALUES(?, ?, ?)");
        insert.bind(1, entry.blinded)
            .bind(2, std::int64_t{entry.seq})
            .bind(3, std::int64_t{entry.period})
            .run();
        transaction.commit();
    });
}

std::vector<overlay::Memory::RevokedKey> OverlayMemory::load_revoked() {
    std::vector<RevokedKey> keys;
    or_log("revoked keys", [&] {
        auto select = db_.prepare("SELECT key, seen FROM revoked");
        while (select.step()) {
            RevokedKey revoked;
            if (!copy_exactly(select.blob(0), revoked.key)) continue;
            revoked.seen = static_cast<overlay::UnixSeconds>(select.number(1));
            keys.push_back(revoked);
        }
    });
    return keys;
}

void OverlayMemory::save_revoked(const RevokedKey& revoked) {
    or_tell(db_, "a revoked key", [&] {
        auto insert = db_.prepare("INSERT OR IGNORE INTO revoked VALUES(?, ?)");
        insert.bind(1, revoked.key).bind(2, static_cast<std::int64_t>(revoked.seen)).run();
    });
}

std::vector<overlay::Memory::OwnerNodes> OverlayMemory::load_owner_nodes() {
    std::vector<OwnerNodes> entries;
    or_log("nodes of owners", [&] {
        auto select = db_.prepare("SELECT name, nodes FROM owner_node ORDER BY id");
        while (select.step()) {
            OwnerNodes entry;
            if (!copy_exactly(select.blob(0), entry.name)) continue;
            std::istringstream nodes{std::string(select.text(1))};
            for (std::string node; nodes >> node;)
                if (const auto endpoint = parse_endpoint(node))
                    entry.nodes.push_back({endpoint->address, endpoint->port});
            entries.push_back(std::move(entry));
        }
    });
    return entries;
}

void OverlayMemory::save_owner_nodes(const OwnerNodes& entry) {
    std::string nodes;
    for (const auto& node : entry.nodes)
        nodes += (nodes.empty() ? "" : " ") + sip::to_string({node.address, node.port});
    or_tell(db_, "nodes of an owner", [&] {
        Transaction transaction(db_);
        db_.prepare("DELETE FROM owner_node WHERE name = ?").bind(1, entry.name).run();
        db_.prepare("INSERT INTO owner_node(name, nodes) VALUES(?, ?)")
            .bind(1, entry.name)
            .bind(2, nodes)
            .run();
        db_.execute("DELETE FROM owner_node WHERE id + 4096 <= (SELECT max(id) FROM owner_node)");
        transaction.commit();
    });
}

}  // namespace node
