// tests/sip/edge/edge_torture_test.cpp - RFC 4475 and our own torture messages through a whole edge: a
// request gets exactly one final answer, the one that its table allows, and nothing else gets any.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sip/edge_fixture.hpp"
#include "tests/sip/torture_table.hpp"

namespace sip::testing {

namespace {

namespace fs = std::filesystem;

struct Torture : EdgeTest {
    std::vector<int> finals() const {
        std::vector<int> all;
        for (const auto& item : sent.items) {
            const int status = status_of(item.bytes);
            if (status != 100) all.push_back(status);
        }
        return all;
    }

    // "400,any": one of the numbers, or any final answer that does not blame the syntax.
    static bool allowed(int status, const std::string& expected) {
        std::istringstream list(expected);
        for (std::string one; std::getline(list, one, ',');) {
            if (one == std::to_string(status)) return true;
            if (one == "any" && status >= 200 && status != 400 && status != 505 && status != 500) return true;
        }
        return false;
    }

    void judge(const TortureRow& row) {
        for (const auto& domains :
             {std::vector<std::string>{}, std::vector<std::string>{"example.com", "example.net"}}) {
            for (const Flow& flow : {udp_flow(), tcp_flow()}) {
                config.domains = domains;
                start();
                sent.items.clear();
                edge->receive(flow, row.wire, now);
                pass(10s);  // the host stays silent
                const auto told = finals();
                if (row.expected == "drop") {
                    EXPECT_TRUE(sent.items.empty()) << row.file;
                    continue;
                }
                ASSERT_EQ(told.size(), 1U) << row.file;
                EXPECT_TRUE(allowed(told[0], row.expected)) << row.file << " got " << told[0];
                edge->receive(flow, row.wire, now);  // and once more: the same, or nothing new on a stream
                const auto again = finals();
                EXPECT_TRUE(std::all_of(again.begin(), again.end(), [&](int s) { return s == told[0]; }))
                    << row.file;
            }
        }
    }
};

TEST_F(Torture, our_own_messages_get_what_their_table_says) {
    const fs::path folder = fs::path(SOURCE_DIR) / "tests/torture";
    const auto rows = read_torture(folder / "TABLE.tsv", folder / "messages", ".sip");
    ASSERT_GT(rows.size(), 40U);
    for (const auto& row : rows)
        judge(row);
}

TEST_F(Torture, RFC_4475_messages_get_what_their_table_says) {
    const fs::path folder = fs::path(SHARED_DIR) / "torture";
    const auto rows = read_torture(folder / "TABLE.tsv", folder, ".dat");
    // None beside the repository: each section of the RFC has a message of our own, which the test above
    // judges.
    for (const auto& row : rows)
        judge(row);
}

}  // namespace

}  // namespace sip::testing
