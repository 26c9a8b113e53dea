// node/state/certificate_table.hpp - the certificates by which this node writes in the name of another key:
// its owner's, at the owner's second node. One loop, as its Database. Throws DatabaseError.
#pragma once

#include <vector>

#include "node/state/database.hpp"
#include "overlay/certified_name.hpp"

namespace node {

class CertificateTable {
public:
    explicit CertificateTable(Database& db) : db_(db) {}

    /// By owner, label, secret.
    [[nodiscard]] std::vector<overlay::CertifiedName> all() const;

    /// All of `owner`'s that were here make way for these, or nothing changes.
    /// REQUIRES: each name's owner is `owner`.
    void replace(const crypto::PublicKey& owner, const std::vector<overlay::CertifiedName>& names);

private:
    Database& db_;
};

}  // namespace node
