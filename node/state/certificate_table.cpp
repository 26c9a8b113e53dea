// node/state/certificate_table.cpp - one row a name and day.
#include "node/state/certificate_table.hpp"

#include <algorithm>

namespace node {
namespace {

template <std::size_t N>
bool copy_exactly(const std::vector<std::uint8_t>& from, crypto::Bytes<N>& to) {
    if (from.size() != N) return false;
    std::copy(from.begin(), from.end(), to.begin());
    return true;
}

}  // namespace

std::vector<overlay::CertifiedName> CertificateTable::all() const {
    std::vector<overlay::CertifiedName> names;
    auto select = db_.prepare(
        "SELECT owner, label, secret, slot, period, certificate FROM certificate"
        " ORDER BY owner, label, secret, period");
    while (select.step()) {
        overlay::RecordName name;
        overlay::Certificate certificate;
        if (!copy_exactly(select.blob(0), name.owner) || !copy_exactly(select.blob(5), certificate)) continue;
        name.label = select.text(1);
        name.secret = select.blob(2);
        if (names.empty() || names.back().name != name)
            names.push_back({name, static_cast<std::uint8_t>(select.number(3)), {}});
        names.back().by_period[static_cast<std::uint32_t>(select.number(4))] = certificate;
    }
    return names;
}

void CertificateTable::replace(const crypto::PublicKey& owner,
                               const std::vector<overlay::CertifiedName>& names) {
    Transaction transaction(db_);
    db_.prepare("DELETE FROM certificate WHERE owner = ?").bind(1, owner).run();
    auto insert = db_.prepare(
        "INSERT OR REPLACE INTO certificate(owner, label, secret, period, slot, certificate)"
        " VALUES(?, ?, ?, ?, ?, ?)");
    for (const auto& certified : names) {
        for (const auto& [period, certificate] : certified.by_period) {
            insert.bind(1, certified.name.owner).bind(2, certified.name.label);
            insert.bind(3, certified.name.secret).bind(4, std::int64_t{period});
            insert.bind(5, std::int64_t{certified.slot}).bind(6, certificate).run();
        }
    }
    transaction.commit();
}

}  // namespace node
