// tests/fuzz/tombstone_file_fuzz.cpp - any bytes as the file that is kept with the backup: what decodes has
// one encoding and holds tombstones that the owner signed; and a file whose blocks are good, but whose frame
// is the fuzzer's, is read inside its bounds.
#include <algorithm>
#include <vector>

#include "overlay/tombstone.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/overlay/records.hpp"

namespace {

using overlay::testing_records::Wire;
namespace records = overlay::testing_records;

constexpr std::uint32_t first_epoch = overlay::epoch_of(records::now);

// Of four epochs; whatever verifies without being one of them is a forgery.
const std::vector<overlay::Tombstone>& genuine() {
    static const auto all = [] {
        std::vector<overlay::Tombstone> made;
        for (std::uint32_t epoch = first_epoch; epoch < first_epoch + 4; ++epoch)
            made.push_back(overlay::make_tombstone(records::owner(), epoch,
                                                   overlay::UnixSeconds{epoch} * overlay::epoch_length,
                                                   records::counting_from<24>(0))
                               .value());
        return made;
    }();
    return all;
}

// A good file with a piece of the input written over it: gets the fuzzer to where the blocks are checked.
Wire patched(crypto::ByteView input) {
    static const auto good = overlay::encode_tombstones({records::owner().public_key(), genuine()});
    auto file = good;
    if (input.size() < 3) return file;
    const auto at = (std::size_t{input[0]} << 8U | input[1]) % file.size();
    const auto piece = input.subspan(2, std::min(input.size() - 2, file.size() - at));
    std::ranges::copy(piece, file.begin() + static_cast<std::ptrdiff_t>(at));
    return file;
}

void check(crypto::ByteView bytes) {
    const auto file = overlay::decode_tombstones(bytes);
    if (!file) return;
    FUZZ_CHECK(std::ranges::equal(overlay::encode_tombstones(*file), bytes));
    FUZZ_CHECK(!file->tombstones.empty() && file->tombstones.size() <= overlay::max_tombstones);
    FUZZ_CHECK(file->owner == records::owner().public_key());
    for (const auto& tombstone : file->tombstones) {
        FUZZ_CHECK(std::ranges::find(genuine(), tombstone) != genuine().end());
        FUZZ_CHECK(overlay::check_tombstone(tombstone.block, tombstone.epoch));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({data, size});
    check(patched({data, size}));
    return 0;
}
