// node/state/state.hpp - what outlives a restart: users, bindings, and the overlay's memory, in one SQLite
// file. One connection a loop: UserTable and BindingTable on the SIP loop, OverlayMemory on the overlay loop.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "node/state/database.hpp"
#include "overlay/overlay.hpp"
#include "sip/auth/accounts.hpp"
#include "sip/registrar/binding.hpp"

namespace node {

/// Names of the files in the state directory.
struct StatePaths {
    explicit StatePaths(std::filesystem::path dir);
    /// Makes the directory (0700). Throws std::filesystem::filesystem_error.
    void make_dir() const;
    std::filesystem::path dir, database, identity, passphrase, address, revocation, control_socket, lock;
};

struct UserRow {
    std::string label;  // canonical
    std::string realm;  // the digests belong to it
    sip::Credentials credentials;
    std::chrono::sys_seconds created;
    bool listed = true;  // published under its name alone; else only who has an invite finds it
};

/// Answers the edge from memory; the table is read on construction and by reload().
class UserTable : public sip::Users {
public:
    UserTable(Database& db, std::string realm);
    const sip::Credentials* find(std::string_view user) override;

    /// Reads the table again. Throws DatabaseError; then what was known stays.
    void reload();
    [[nodiscard]] std::vector<UserRow> all() const;  // by label; users of other realms included
    [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }
    /// Users whose digests were made for another realm: they cannot log in.
    [[nodiscard]] const std::vector<std::string>& of_other_realms() const noexcept {
        return of_other_realms_;
    }

    /// These write at once. False: exists already, or no such user.
    bool add(const UserRow& row);
    bool change(const UserRow& row);  // the digests and their realm
    bool set_listed(std::string_view label, bool listed);
    bool set_delivery(std::string_view label, std::optional<sip::Delivery> delivery);  // nothing: as the node
    bool remove(std::string_view label);

private:
    Database& db_;
    std::string realm_;
    std::unordered_map<std::string, sip::Credentials> known_;
    std::vector<std::string> of_other_realms_;
};

class BindingTable : public sip::BindingStore {
public:
    explicit BindingTable(Database& db) : db_(db) {}
    std::map<std::string, std::vector<sip::Binding>> load() override;
    [[nodiscard]] bool replace(std::string_view user, const std::vector<sip::Binding>& bindings) override;

private:
    Database& db_;
};

/// Writes that fail are logged, and the node goes on: a call matters more than this memory.
class OverlayMemory : public overlay::Memory {
public:
    explicit OverlayMemory(Database& db) : db_(db) {}
    std::vector<KnownNode> load_nodes() override;
    void save_nodes(const std::vector<KnownNode>& nodes) override;
    std::vector<overlay::RollbackMemory::Entry> load_seen() override;
    void save_seen(const overlay::RollbackMemory::Entry& entry) override;
    std::vector<PublishedSeq> load_published() override;
    void save_published(const PublishedSeq& entry) override;
    std::vector<RevokedKey> load_revoked() override;
    void save_revoked(const RevokedKey& revoked) override;
    std::vector<OwnerNodes> load_owner_nodes() override;
    void save_owner_nodes(const OwnerNodes& entry) override;

private:
    Database& db_;
};

}  // namespace node
