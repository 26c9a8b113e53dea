// tests/fuzz/device_bundle_fuzz.cpp - any bytes as a bundle for a second node: what decodes keeps to its
// bounds and has one encoding.
#include <algorithm>

#include "node/identity/device_bundle.hpp"
#include "tests/fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const crypto::ByteView wire(data, size);
    const auto bundle = node::decode_bundle(wire);
    if (!bundle) return 0;
    FUZZ_CHECK(size <= node::max_bundle_size);
    FUZZ_CHECK(!bundle->names.empty() && bundle->names.size() <= node::max_bundle_names);
    FUZZ_CHECK(bundle->slot <= overlay::max_slot);
    for (const auto& name : bundle->names) {
        FUZZ_CHECK(name.name.owner == bundle->owner && name.slot == bundle->slot);
        FUZZ_CHECK(name.name.secret.empty() || name.name.secret.size() == 16);
        FUZZ_CHECK(!name.by_period.empty() && name.by_period.size() <= node::max_bundle_days);
        FUZZ_CHECK(name.until() <= bundle->until());
    }
    FUZZ_CHECK(std::ranges::equal(node::encode_bundle(*bundle), wire));
    if (bundle->names.size() == 1) (void)node::check_bundle(*bundle);  // any bytes as keys and certificates
    return 0;
}
