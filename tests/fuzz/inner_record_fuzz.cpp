// tests/fuzz/inner_record_fuzz.cpp - any bytes as the plaintext of a block: what decodes stays within its
// caps, and encodes to a record that decodes to the same (to the same bytes, when no later version's keys
// were in it).
#include <algorithm>
#include <vector>

#include "overlay/inner_record.hpp"
#include "tests/fuzz/check.hpp"

namespace {

// Padded to the next size, so that the fuzzer need not find out about padding. Longer input goes in as it is.
std::vector<std::uint8_t> padded(const std::uint8_t* data, std::size_t size) {
    std::vector<std::uint8_t> bytes(data, data + size);
    const auto next = std::ranges::lower_bound(overlay::padded_sizes, size);
    if (next != overlay::padded_sizes.end()) bytes.resize(*next);
    return bytes;
}

bool within_caps(const overlay::InnerRecord& record) {
    return record.edges.size() <= 8 && record.phones.size() <= 8 && record.direct.size() <= 8 &&
           record.through.size() <= 4 &&
           std::ranges::all_of(record.edges, [](const auto& e) { return e.addresses.size() <= 6; }) &&
           std::ranges::all_of(record.phones, [&](const auto& p) { return p.edge < record.edges.size(); }) &&
           std::ranges::all_of(record.direct, [](const auto& d) { return d.user.size() <= 64; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = padded(data, size);
    const auto record = overlay::decode_inner_record(input);
    if (!record) {
        FUZZ_CHECK(record.error() == overlay::Errc::malformed_record);
        return 0;
    }
    FUZZ_CHECK(within_caps(*record));
    const auto encoded = overlay::encode(*record);
    FUZZ_CHECK(encoded);
    FUZZ_CHECK(encoded->size() <= input.size());
    FUZZ_CHECK(overlay::decode_inner_record(*encoded) == *record);
    // One record, one encoding: the padding may be longer than needed, and unknown keys are dropped.
    const auto pairs = input[0] & 0x0f;
    if ((input[0] & 0xf0) == 0x80 && ((*encoded)[0] & 0x0f) == pairs)
        FUZZ_CHECK(std::equal(encoded->begin(), encoded->end(), input.begin()));
    return 0;
}
