// node/actions/devices.cpp - reads the tables of certificates and devices.
#include "node/actions/devices.hpp"

#include <algorithm>

#include "node/clock.hpp"
#include "node/state/certificate_table.hpp"
#include "node/state/device_table.hpp"

namespace node {

std::string devices_note(Database& db) {
    const auto rows = DeviceTable(db).all();
    const auto now = wall_now();
    if (std::ranges::none_of(rows, [&](const DeviceRow& row) { return row.valid_until > now; })) return {};
    return "Your other nodes do as before until they install what a new `hedgewitch device certify` "
           "writes; `hedgewitch device list` shows them";
}

std::optional<CertifiedUser> certified_user(Database& db, const std::string& label) {
    std::optional<CertifiedUser> user;
    for (const auto& name : CertificateTable(db).all()) {
        if (name.name.label != label) continue;
        if (!user) user = CertifiedUser{name.name.owner, false};
        if (name.name.owner == user->owner && name.name.secret.empty()) user->listed = true;
    }
    return user;
}

}  // namespace node
