// overlay/certified_name.cpp - the owner's side: one certificate for each day.
#include "overlay/certified_name.hpp"

#include <cassert>

namespace overlay {

Result<CertifiedName> certify(const crypto::Identity& owner, const RecordName& name, std::uint8_t slot,
                              const crypto::PublicKey& writer, std::uint32_t first_period,
                              std::uint32_t days) {
    assert(name.owner == owner.public_key());
    CertifiedName certified{name, slot, {}};
    for (std::uint32_t period = first_period; period < first_period + days; ++period) {
        const auto blinding = crypto::blind(name.owner, name.secret, name.label, period);
        if (!blinding) return tl::unexpected(blinding.error());
        const auto certificate =
            make_certificate(crypto::BlindedSigner(owner, *blinding), *blinding, slot, writer);
        if (!certificate) return tl::unexpected(certificate.error());
        certified.by_period[period] = *certificate;
    }
    return certified;
}

}  // namespace overlay
