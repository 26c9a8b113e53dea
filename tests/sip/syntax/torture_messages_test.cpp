// tests/sip/syntax/torture_messages_test.cpp - parse() and check() against RFC 4475's messages and our own
// for the same rules.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "sip/syntax/builder.hpp"
#include "sip/syntax/message.hpp"
#include "sip/syntax/message_check.hpp"
#include "tests/sip/torture_table.hpp"

namespace {

bool names(const std::string& expected, const std::string& word) {
    return (',' + expected + ',').find(',' + word + ',') != std::string::npos;
}

// Judges only what belongs to reading: 401, 404, 416, 420 and the like are the edge's.
void judge(const TortureRow& row) {
    SCOPED_TRACE(row.file);
    ASSERT_FALSE(row.wire.empty()) << "message missing";
    const auto message = sip::MessageView::parse(row.wire);
    if (row.expected == "drop") {
        EXPECT_TRUE(!message || !message->is_request());
        return;
    }
    ASSERT_TRUE(message) << message.error().message();
    ASSERT_TRUE(message->is_request());
    const auto fault = sip::check(*message);
    if (row.expected == "400" || row.expected == "505") {
        ASSERT_TRUE(fault) << "no fault";
        EXPECT_EQ(std::to_string(fault->status), row.expected) << fault->reason;
    } else if (fault) {
        EXPECT_TRUE(names(row.expected, std::to_string(fault->status)))
            << fault->status << ' ' << fault->reason;
        EXPECT_NE(row.verdict, "valid") << fault->reason;
    }

    // Whatever it was: the answer is a SIP message, goes to the same Via, and is no amplifier.
    sip::Flow flow;
    flow.remote = {asio::ip::make_address("2001:db8:1234:5678:9abc:def0:1234:5678"), 65535};
    const std::string answer = sip::ResponseBuilder(*message, flow, 400, {}, "0123456789abcdef").finish();
    const auto read_back = sip::MessageView::parse(answer);
    ASSERT_TRUE(read_back) << answer;
    EXPECT_EQ(read_back->status(), 400);
    EXPECT_TRUE(read_back->top_via() || !message->top_via()) << answer;  // §8.2.6.2: as it came
    EXPECT_LE(answer.size(), row.wire.size() + 256);
}

TEST(TortureMessages, every_message_of_RFC_4475_gets_the_fault_that_the_table_implies) {
    const std::filesystem::path folder = std::filesystem::path(SHARED_DIR) / "torture";
    const auto rows = read_torture(folder / "TABLE.tsv", folder, ".dat");
    // None beside the repository: each of its sections has a message of our own, see below.
    EXPECT_TRUE(rows.empty() || rows.size() >= 49U);
    for (const TortureRow& row : rows)
        judge(row);
}

TEST(TortureMessages, every_message_of_our_own_gets_the_fault_that_the_table_implies) {
    const std::filesystem::path folder = std::filesystem::path(SOURCE_DIR) / "tests/torture";
    const auto rows = read_torture(folder / "TABLE.tsv", folder / "messages", ".sip");
    EXPECT_GE(rows.size(), 49U);
    for (const TortureRow& row : rows)
        judge(row);
}

TEST(TortureMessages, each_section_of_RFC_4475_has_a_message_of_our_own) {
    const std::filesystem::path folder = std::filesystem::path(SOURCE_DIR) / "tests/torture";
    std::set<std::string> ours, wanted = {"3.2.1", "3.4.1"};
    for (const TortureRow& row : read_torture(folder / "TABLE.tsv", folder / "messages", ".sip"))
        ours.insert(row.section);
    for (const auto& [chapter, sections] : {std::pair{"3.1.1.", 13}, {"3.1.2.", 19}, {"3.3.", 15}}) {
        for (int section = 1; section <= sections; ++section)
            wanted.insert(chapter + std::to_string(section));
    }
    for (const auto& section : wanted)
        EXPECT_TRUE(ours.contains(section)) << section;
}

}  // namespace
