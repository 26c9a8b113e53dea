// node/identity/device_bundle.hpp - what an owner carries to a second node of his, so that it publishes for
// his users without holding the seed: which slot it writes, and a certificate for each name and day.
//   magic "HWDEVC\n\0", then msgpack in shortest encodings:
//   array(5): version 1 - the owner's key A, bin 32 - the device's key, bin 32 - slot 0..15 -
//   array(1..1024) of [label, secret as bin (0 or 16 bytes), first day P, array(1..31) of a signature, bin
//   64, for each day from P on], ascending by secret and label
// It holds the secrets of invites, and so is as private as they are. A certificate, which is W || signature,
// cannot be taken back: that is why none is for more than a month.
// Pure functions; any thread.
#pragma once

#include "overlay/certified_name.hpp"

namespace node {

inline constexpr std::size_t max_bundle_names = 1024;
inline constexpr std::size_t max_bundle_days = 31;                    // today and 30 more
inline constexpr std::size_t max_bundle_size = std::size_t{4} << 20;  // the largest is 3.1 MiB

struct DeviceBundle {
    crypto::PublicKey owner{};
    crypto::PublicKey device{};
    std::uint8_t slot = 0;
    std::vector<overlay::CertifiedName> names;  // each of `owner` and `slot`, for days in a row
    friend bool operator==(const DeviceBundle&, const DeviceBundle&) = default;

    /// The end of the last day that is certified.
    [[nodiscard]] overlay::UnixSeconds until() const;
};

/// REQUIRES: names are the identity's, 1..max_bundle_names, days 1..max_bundle_days, slot 0..15. 0.3 ms for a
/// name and day. Error: crypto's bad_label.
[[nodiscard]] overlay::Result<DeviceBundle> make_bundle(const crypto::Identity& owner,
                                                        const crypto::PublicKey& device, std::uint8_t slot,
                                                        const std::vector<overlay::RecordName>& names,
                                                        std::uint32_t first_day, std::uint32_t days);

/// REQUIRES: as make_bundle() makes it.
[[nodiscard]] std::vector<std::uint8_t> encode_bundle(const DeviceBundle& bundle);

/// Shape alone; bounded: no more than the limits above. Errors: too_large, not_canonical, unknown_version,
/// bad_slot.
[[nodiscard]] overlay::Result<DeviceBundle> decode_bundle(crypto::ByteView bytes);

/// That each certificate is the owner's, for the device and the slot. 0.2 ms each. Errors: bad_certificate,
/// crypto's bad_point.
[[nodiscard]] overlay::Result<void> check_bundle(const DeviceBundle& bundle);

}  // namespace node
