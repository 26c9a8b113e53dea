// overlay/certified_name.hpp - a name of another owner that this node may write: one slot of it, on the days
// for which the owner has certified our key.
#pragma once

#include <map>

#include "overlay/block.hpp"
#include "overlay/record_name.hpp"

namespace overlay {

struct CertifiedName {
    RecordName name;
    std::uint8_t slot = 0;
    std::map<std::uint32_t, Certificate> by_period;
    friend bool operator==(const CertifiedName&, const CertifiedName&) = default;

    /// The end of the last day that is certified; 0 without any.
    [[nodiscard]] UnixSeconds until() const {
        return by_period.empty() ? 0 : (UnixSeconds{by_period.rbegin()->first} + 1) * 86400;
    }
};

/// Certificates for `writer`'s node to write `slot` of `name` on `days` days from `first_period` on.
/// REQUIRES: name.owner is the owner's. Errors: those of crypto::blind and make_certificate.
[[nodiscard]] Result<CertifiedName> certify(const crypto::Identity& owner, const RecordName& name,
                                            std::uint8_t slot, const crypto::PublicKey& writer,
                                            std::uint32_t first_period, std::uint32_t days);

}  // namespace overlay
