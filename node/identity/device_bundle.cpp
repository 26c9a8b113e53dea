// node/identity/device_bundle.cpp - makes, encodes and checks the certificates for a second node.
#include "node/identity/device_bundle.hpp"

#include <algorithm>
#include <cassert>
#include <msgpack.hpp>

#include "crypto/name.hpp"
#include "crypto/sodium.hpp"
#include "node/names/invite.hpp"
#include "overlay/msgpack_reader.hpp"

namespace node {
namespace {

using overlay::Errc;
using overlay::fail;

constexpr std::string_view magic("HWDEVC\n\0", 8);
constexpr std::uint8_t version = 1;

template <std::size_t N>
bool read_fixed(overlay::MsgpackReader& in, crypto::Bytes<N>& out) {
    const auto bytes = in.binary();
    if (!bytes || bytes->size() != out.size()) return false;
    std::ranges::copy(*bytes, out.begin());
    return true;
}

/// One element of the list of names; its owner and slot are the bundle's.
bool read_name(overlay::MsgpackReader& in, overlay::CertifiedName& out) {
    if (in.array() != 4) return false;
    const auto label = in.string();
    if (!label || crypto::canonical_label(*label) != std::string(*label)) return false;
    out.name.label = *label;
    const auto secret = in.binary();
    if (!secret || (!secret->empty() && secret->size() != invite_secret_size)) return false;
    out.name.secret.assign(secret->begin(), secret->end());
    const auto first = in.unsigned_up_to(UINT32_MAX - max_bundle_days);
    const auto days = first ? in.array() : std::nullopt;
    if (!days || *days == 0 || *days > max_bundle_days) return false;
    for (std::uint32_t day = 0; day < *days; ++day) {
        if (!read_fixed(in, out.by_period[static_cast<std::uint32_t>(*first) + day])) return false;
    }
    return true;
}

overlay::Result<void> read_head(overlay::MsgpackReader& in, DeviceBundle& bundle) {
    if (in.array() != 5) return fail(Errc::not_canonical);
    const auto found = in.unsigned_integer();
    if (!found) return fail(Errc::not_canonical);
    if (*found != version) return fail(Errc::unknown_version);
    if (!read_fixed(in, bundle.owner) || !read_fixed(in, bundle.device)) return fail(Errc::not_canonical);
    const auto slot = in.unsigned_integer();
    if (!slot) return fail(Errc::not_canonical);
    if (*slot > overlay::max_slot) return fail(Errc::bad_slot);
    bundle.slot = static_cast<std::uint8_t>(*slot);
    return {};
}

}  // namespace

overlay::UnixSeconds DeviceBundle::until() const {
    overlay::UnixSeconds last = 0;
    for (const auto& name : names)
        last = std::max(last, name.until());
    return last;
}

overlay::Result<DeviceBundle> make_bundle(const crypto::Identity& owner, const crypto::PublicKey& device,
                                          std::uint8_t slot, const std::vector<overlay::RecordName>& names,
                                          std::uint32_t first_day, std::uint32_t days) {
    assert(!names.empty() && names.size() <= max_bundle_names && days > 0 && days <= max_bundle_days);
    DeviceBundle bundle{owner.public_key(), device, slot, {}};
    for (const auto& name : names) {
        auto certified = overlay::certify(owner, name, slot, device, first_day, days);
        if (!certified) return tl::unexpected(certified.error());
        bundle.names.push_back(std::move(*certified));
    }
    std::ranges::sort(bundle.names, {}, &overlay::CertifiedName::name);
    return bundle;
}

std::vector<std::uint8_t> encode_bundle(const DeviceBundle& bundle) {
    msgpack::sbuffer buffer;
    msgpack::packer packer(buffer);
    const auto binary = [&](crypto::ByteView bytes) {
        packer.pack_bin(static_cast<std::uint32_t>(bytes.size()));
        packer.pack_bin_body(reinterpret_cast<const char*>(crypto::start_of(bytes)),
                             static_cast<std::uint32_t>(bytes.size()));
    };
    buffer.write(magic.data(), magic.size());
    packer.pack_array(5);
    packer.pack(version);
    binary(bundle.owner);
    binary(bundle.device);
    packer.pack(bundle.slot);
    packer.pack_array(static_cast<std::uint32_t>(bundle.names.size()));
    for (const auto& [name, slot, by_period] : bundle.names) {
        assert(name.owner == bundle.owner && slot == bundle.slot && !by_period.empty());
        packer.pack_array(4);
        packer.pack(name.label);
        binary(name.secret);
        packer.pack(by_period.begin()->first);
        packer.pack_array(static_cast<std::uint32_t>(by_period.size()));
        for (const auto& [period, certificate] : by_period)
            binary(certificate);
    }
    return {buffer.data(), buffer.data() + buffer.size()};
}

overlay::Result<DeviceBundle> decode_bundle(crypto::ByteView bytes) {
    if (bytes.size() > max_bundle_size) return fail(Errc::too_large);
    if (bytes.size() < magic.size() ||
        !std::ranges::equal(bytes.first(magic.size()), crypto::bytes_of(magic)))
        return fail(Errc::not_canonical);
    overlay::MsgpackReader in(bytes.subspan(magic.size()));
    DeviceBundle bundle;
    if (const auto head = read_head(in, bundle); !head) return tl::unexpected(head.error());
    const auto count = in.array();
    if (!count || *count == 0) return fail(Errc::not_canonical);
    if (*count > max_bundle_names) return fail(Errc::too_large);
    for (std::uint32_t i = 0; i < *count; ++i) {
        overlay::CertifiedName certified;
        certified.name.owner = bundle.owner;
        certified.slot = bundle.slot;
        if (!read_name(in, certified)) return fail(Errc::not_canonical);
        if (i > 0 && certified.name <= bundle.names.back().name) return fail(Errc::not_canonical);
        bundle.names.push_back(std::move(certified));
    }
    if (!in.rest().empty()) return fail(Errc::not_canonical);
    return bundle;
}

overlay::Result<void> check_bundle(const DeviceBundle& bundle) {
    for (const auto& [name, slot, by_period] : bundle.names) {
        for (const auto& [period, certificate] : by_period) {
            const auto blinding = crypto::blind(bundle.owner, name.secret, name.label, period);
            if (!blinding) return tl::unexpected(blinding.error());
            const auto good = overlay::check_certificate(certificate, *blinding, bundle.slot, bundle.device);
            if (!good) return good;
        }
    }
    return {};
}

}  // namespace node
