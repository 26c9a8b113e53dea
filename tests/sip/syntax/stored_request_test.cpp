// tests/sip/syntax/stored_request_test.cpp
#include "sip/syntax/stored_request.hpp"
#include "sip/syntax/message_check.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using sip::Header;
using sip::MessageView;
using sip::StoredRequest;

const std::string invite =
    "INVITE sip:bob@riverside.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKa1\r\n"
    "f: \"Zoë\" <sip:zoe@hill.example>;tag=fr1\r\n"
    "To:\r\n  <sip:bob@riverside.example>\r\n\t;tag=to1\r\n"
    "Call-ID: 1-2-3@hill.example\r\n"
    "CSeq: 17 INVITE\r\n"
    "Subject:\r\n"
    "X-Mood: cheerful\r\n"
    "Content-Length: 4\r\n"
    "\r\n"
    "v=0\n";

/// Everything a view says, as text of its own.
std::vector<std::string> all_of(const MessageView& m) {
    std::vector<std::string> all{std::string(m.wire()),
                                 std::string(m.method_text()),
                                 std::string(m.version()),
                                 std::string(m.request_uri()),
                                 std::string(m.body()),
                                 std::string(m.call_id()),
                                 std::string(m.from_tag()),
                                 std::string(m.to_tag()),
                                 std::string(m.header("x-mood").value_or("none"))};
    for (const auto& field : m.fields()) {
        all.push_back(std::to_string(static_cast<int>(field.id)));
        all.emplace_back(field.name);
        all.emplace_back(field.value);
    }
    return all;
}

bool within(std::string_view part, std::string_view whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

TEST(StoredRequest, it_says_what_the_request_said_after_the_bytes_that_it_came_in_are_gone) {
    auto wire = std::make_unique<std::string>("\r\n" + invite + "the next message");
    auto parsed = MessageView::parse(*wire);
    ASSERT_TRUE(parsed);
    const auto said = all_of(*parsed);
    const StoredRequest kept(*parsed);
    wire->assign(wire->size(), '#');
    wire.reset();
    EXPECT_EQ(all_of(kept), said);
    EXPECT_EQ(kept.wire(), invite);
    EXPECT_EQ(kept.method(), sip::Method::invite);
    EXPECT_TRUE(kept.is_request());
    EXPECT_EQ(kept.count(Header::subject), 1u);
    EXPECT_EQ(kept.header(Header::cseq), "17 INVITE");
}

TEST(StoredRequest, every_view_points_into_its_own_bytes) {
    const StoredRequest kept(*MessageView::parse(invite));
    for (const auto& field : kept.fields()) {
        EXPECT_TRUE(within(field.name, kept.wire())) << field.name;
        EXPECT_TRUE(within(field.value, kept.wire())) << field.name;
    }
    for (const auto part : {kept.method_text(), kept.request_uri(), kept.version(), kept.body()})
        EXPECT_TRUE(within(part, kept.wire())) << part;
    EXPECT_FALSE(within(kept.wire(), invite));
}

TEST(StoredRequest, what_it_gave_stays_valid_when_it_is_moved) {
    StoredRequest first(*MessageView::parse(invite));
    const auto said = all_of(first);
    const std::string_view body = first.body();
    const auto fields = first.fields();
    StoredRequest second(std::move(first));
    std::vector<StoredRequest> many;
    many.push_back(std::move(second));
    for (int i = 0; i < 10; ++i)
        many.emplace_back();  // the vector grows, and moves it again
    EXPECT_EQ(all_of(many.front()), said);
    EXPECT_EQ(many.front().body().data(), body.data());
    EXPECT_EQ(many.front().fields().data(), fields.data());
    EXPECT_EQ(fields[1].value, "\"Zoë\" <sip:zoe@hill.example>;tag=fr1");
}

TEST(StoredRequest, what_was_moved_from_holds_nothing) {
    StoredRequest first(*MessageView::parse(invite));
    StoredRequest second;
    EXPECT_TRUE(second.empty());
    second = std::move(first);
    EXPECT_FALSE(second.empty());
    EXPECT_TRUE(first.empty());  // NOLINT: that is what is tested
    EXPECT_TRUE(first.fields().empty());
    EXPECT_EQ(first.wire(), "");
    EXPECT_EQ(first.header(Header::to), std::nullopt);
    EXPECT_EQ(first.bytes(), 0u);
}

TEST(StoredRequest, its_memory_is_counted_and_small) {
    const StoredRequest kept(*MessageView::parse(invite));
    EXPECT_EQ(kept.bytes(), invite.size() + 8 * sizeof(sip::HeaderField));
    EXPECT_LT(sizeof(StoredRequest), 400u);
}

TEST(StoredRequest, nothing_is_parsed_for_it) {
    const auto parsed = MessageView::parse(invite);
    const auto before = MessageView::parsed_so_far();
    StoredRequest kept(*parsed);
    const StoredRequest moved(std::move(kept));
    const StoredRequest again(static_cast<const MessageView&>(moved));
    EXPECT_EQ(all_of(again), all_of(*parsed));
    EXPECT_EQ(MessageView::parsed_so_far(), before);
}

TEST(StoredRequest, what_was_odd_about_the_request_is_still_refused) {
    std::string odd = invite;
    odd.erase(odd.find('\r'), 1);
    const auto parsed = MessageView::parse(odd);
    ASSERT_TRUE(parsed);
    ASSERT_TRUE(sip::check(*parsed));
    EXPECT_EQ(sip::check(StoredRequest(*parsed)), sip::check(*parsed));
}

}  // namespace
