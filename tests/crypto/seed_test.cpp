// tests/crypto/seed_test.cpp - the memory that the seed lies in, as the kernel sees it.
#include "crypto/seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace crypto {
namespace {

// The entry of /proc/self/smaps that holds `address`; `before`: the one that ends where that one begins.
struct Mapping {
    std::string permissions, flags;
    std::uintptr_t begin = 0, end = 0;
};

std::vector<Mapping> mappings() {
    std::vector<Mapping> all;
    std::ifstream smaps("/proc/self/smaps");
    for (std::string line; std::getline(smaps, line);) {
        Mapping mapping;
        char dash = 0;
        std::istringstream words(line);
        if (line.starts_with("VmFlags:")) {
            all.back().flags = line + " ";
        } else if (words >> std::hex >> mapping.begin >> dash >> mapping.end >> mapping.permissions &&
                   dash == '-') {
            all.push_back(mapping);
        }
    }
    return all;
}

TEST(Seed, it_is_left_out_of_core_dumps_and_lies_between_pages_that_nobody_can_touch) {
    const Seed seed{Bytes<32>{1, 2, 3}};
    const auto at = reinterpret_cast<std::uintptr_t>(seed.data());
    const auto all = mappings();
    for (std::size_t i = 1; i + 1 < all.size(); ++i) {
        if (at < all[i].begin || at >= all[i].end) continue;
        EXPECT_NE(all[i].flags.find(" dd "), std::string::npos) << all[i].flags << ": MADV_DONTDUMP";
        EXPECT_EQ(all[i + 1].permissions.substr(0, 3), "---");
        EXPECT_EQ(all[i + 1].begin, all[i].end);
        EXPECT_LE(all[i].end - at, 32U + 16U) << "what reads beyond it falls";
        return;
    }
    FAIL() << "no mapping holds it";
}

TEST(Seed, a_clone_has_the_same_bytes_in_memory_of_its_own) {
    const Seed seed{Bytes<32>{1, 2, 3}};
    Seed copy = seed.clone();
    EXPECT_TRUE(std::ranges::equal(copy.view(), seed.view()));
    copy.data()[0] = 9;
    EXPECT_EQ(seed.data()[0], 1);
    const Seed moved = std::move(copy);
    EXPECT_EQ(moved.data()[0], 9);
    EXPECT_EQ(Seed().data()[31], 0);
}

}  // namespace
}  // namespace crypto
