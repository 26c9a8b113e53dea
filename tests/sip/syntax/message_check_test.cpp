// tests/sip/syntax/message_check_test.cpp - each rule of check() with the words it is refused in, for a
// request and for a response.
#include <gtest/gtest.h>

#include <string>

#include "sip/syntax/message.hpp"
#include "sip/syntax/message_check.hpp"

namespace sip {
void PrintTo(const Fault& f, std::ostream* out) {
    *out << f.status << ' ' << f.reason;
}
}  // namespace sip

namespace {

struct Case {
    std::string name, from, to, reason;  // `from` in the good message becomes `to`
};

constexpr std::string_view good =
    "OPTIONS sip:bob@riverside.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa1\r\n"
    "From: <sip:zoe@hill.example>;tag=f\r\n"
    "To: Bob <sip:bob@riverside.example>\r\n"
    "Call-ID: c1\r\n"
    "CSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\n"
    "Contact: <sip:zoe@192.0.2.7>\r\n"
    "Route: <sip:edge.example;lr>\r\n"
    "Content-Length: 2\r\n"
    "\r\n"
    "hi";

/// `wire` as a response, unless it is the Request-Line, or a method that stands there, that is at fault.
std::optional<std::string> as_response(const std::string& wire, std::string_view case_name) {
    const std::size_t line = wire.find("\r\n");
    if (wire.substr(0, line) != good.substr(0, line) || case_name.starts_with("CSeq_")) return std::nullopt;
    return "SIP/2.0 200 OK" + wire.substr(line);
}

class MessageCheck : public testing::TestWithParam<Case> {};

TEST_P(MessageCheck, refuses_with_the_name_of_the_field) {
    const Case& c = GetParam();
    std::string wire(good);
    const std::size_t at = wire.find(c.from);
    ASSERT_NE(at, std::string::npos) << c.from;
    wire.replace(at, c.from.size(), c.to);
    const auto m = sip::MessageView::parse(wire);
    ASSERT_TRUE(m) << m.error().message() << '\n' << wire;
    const auto fault = sip::check(*m);
    if (c.reason.empty()) {
        EXPECT_EQ(fault, std::nullopt);
        return;
    }
    ASSERT_TRUE(fault) << wire;
    EXPECT_EQ(fault->reason, c.reason);
    EXPECT_EQ(fault->status, c.name == "another_version" ? 505 : 400);
}

TEST_P(MessageCheck, what_is_refused_in_a_request_does_not_pass_in_a_response) {
    const Case& c = GetParam();
    std::string wire(good);
    wire.replace(wire.find(c.from), c.from.size(), c.to);
    const auto response = as_response(wire, c.name);
    if (!response) return;
    const auto m = sip::MessageView::parse(*response);
    const auto fault = m ? sip::check(*m) : sip::Fault{400, "not readable"};
    EXPECT_EQ(fault.has_value(), !c.reason.empty()) << *response;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, MessageCheck,
    testing::Values(
        Case{"nothing_changed", "hi", "hi", ""}, Case{"no_Max_Forwards", "Max-Forwards: 70\r\n", "", ""},
        Case{"no_Content_Length", "Content-Length: 2\r\n", "", ""},
        Case{"same_length_twice", "Content-Length: 2", "Content-Length: 2\r\nl: 02", ""},
        Case{"version_in_lower_case", "SIP/2.0\r\n", "sip/2.0\r\n", ""},
        Case{"another_version", "SIP/2.0\r\n", "SIP/7.0\r\n", "Version Not Supported"},
        Case{"no_version_number", "SIP/2.0\r\n", "SIP/two\r\n", "Malformed SIP-Version"},
        Case{"two_spaces", "OPTIONS sip", "OPTIONS  sip", "More than one space in the Request-Line"},
        Case{"tab", "OPTIONS sip", "OPTIONS\tsip", "More than one space in the Request-Line"},
        Case{"trailing_space", "SIP/2.0\r\n", "SIP/2.0 \r\n", "Spaces around the Request-Line"},
        Case{"space_in_uri", "riverside.example SIP", "riverside.example; lr SIP",
             "White space in the Request-URI"},
        Case{"uri_in_brackets", "sip:bob@riverside.example SIP", "<sip:bob@riverside.example> SIP",
             "Request-URI in angle brackets"},
        Case{"bad_uri", "sip:bob@riverside.example SIP", "sip:bob@@riverside.example SIP",
             "Malformed Request-URI"},
        Case{"uri_headers", "sip:bob@riverside.example SIP", "sip:bob@riverside.example?a=b SIP",
             "Headers in the Request-URI"},
        Case{"bare_LF", "Call-ID: c1\r\n", "Call-ID: c1\n", "Line does not end in CRLF"},
        Case{"bare_CR", "Call-ID: c1", "Call-ID: c\r1", "CR inside a header line"},
        Case{"no_colon", "Call-ID: c1", "Call-ID c1", "Header line without a field name"},
        Case{"no_name", "Call-ID: c1", ": c1", "Header line without a field name"},
        Case{"folded_first_line", "Via: SIP", " Via: SIP", "Header line without a field name"},
        Case{"no_empty_line", "\r\n\r\nhi", "\r\n", "Header ends without an empty line"},
        Case{"no_Via", "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa1\r\n", "", "Missing Via header"},
        Case{"no_From", "From: <sip:zoe@hill.example>;tag=f\r\n", "", "Missing From header"},
        Case{"no_To", "To: Bob <sip:bob@riverside.example>\r\n", "", "Missing To header"},
        Case{"no_Call_ID", "Call-ID: c1\r\n", "", "Missing Call-ID header"},
        Case{"no_CSeq", "CSeq: 1 OPTIONS\r\n", "", "Missing CSeq header"},
        Case{"two_From", "To:", "f: <sip:x@y>\r\nTo:", "Several From headers"},
        Case{"two_To", "To:", "t: <sip:x@y>\r\nTo:", "Several To headers"},
        Case{"two_Call_ID", "To:", "i: c1\r\nTo:", "Several Call-ID headers"},
        Case{"two_CSeq", "To:", "CSEQ: 1 OPTIONS\r\nTo:", "Several CSeq headers"},
        Case{"two_Max_Forwards", "To:", "Max-Forwards: 70\r\nTo:", "Several Max-Forwards headers"},
        Case{"large_CSeq", "CSeq: 1 ", "CSeq: 4294967296 ", "CSeq number above 2^32-1"},
        Case{"negative_CSeq", "CSeq: 1 ", "CSeq: -1 ", "Malformed CSeq header"},
        Case{"CSeq_of_another", "1 OPTIONS", "1 INVITE", "CSeq method differs from the Request-Line"},
        Case{"CSeq_case", "1 OPTIONS", "1 options", "CSeq method differs from the Request-Line"},
        Case{"open_quote", "To: Bob", "To: \"Bob", "Malformed To header"},
        Case{"space_in_To", "<sip:bob@", "< sip:bob@", "Malformed To header"},
        Case{"comma_in_name", "To: Bob", "To: Bob, Jr.", "Malformed To header"},
        Case{"bad_From", "From: <sip:zoe@hill.example>", "From: <zoe>", "Malformed From header"},
        Case{"empty_tag", "bob@riverside.example>\r\n", "bob@riverside.example>;tag=\r\n",
             "Malformed To header"},
        Case{"tag_without_a_value", "bob@riverside.example>\r\n", "bob@riverside.example>;tag\r\n",
             "Malformed To header"},
        Case{"two_tags", ";tag=f", ";tag=f;TAG=g", "Malformed From header"},
        Case{"quoted_tag", ";tag=f", ";tag=\"\"", "Malformed From header"},
        Case{"space_in_Call_ID", "Call-ID: c1", "Call-ID: c1 c2", "Malformed Call-ID header"},
        Case{"long_Call_ID", "Call-ID: c1", "Call-ID: c" + std::string(256, '1'), "Call-ID too long"},
        Case{"long_From_tag", ";tag=f", ";tag=" + std::string(257, 'f'), "From tag too long"},
        Case{"long_To_tag", "To: Bob <sip:bob@riverside.example>",
             "To: Bob <sip:bob@riverside.example>;tag=" + std::string(257, 't'), "To tag too long"},
        Case{"longest_tag", ";tag=f", ";tag=" + std::string(256, 'f'), ""},
        Case{"empty_Call_ID", "Call-ID: c1", "Call-ID:", "Malformed Call-ID header"},
        Case{"large_Max_Forwards", "s: 70", "s: 256", "Max-Forwards above 255"},
        Case{"bad_Max_Forwards", "s: 70", "s: many", "Malformed Max-Forwards header"},
        Case{"negative_length", "Length: 2", "Length: -2", "Malformed Content-Length header"},
        Case{"lengths_differ", "Length: 2", "Length: 2\r\nl: 1", "Content-Length headers differ"},
        Case{"length_beyond", "Length: 2", "Length: 3", "Body shorter than Content-Length"},
        Case{"Via_separators", ";branch=z9hG4bKa1", ";;,;,,", "Malformed Via header"},
        Case{"Via_trailing_comma", ";branch=z9hG4bKa1", ",", "Malformed Via header"},
        Case{"bad_lower_Via", "From:", "Via: nonsense\r\nFrom:", "Malformed Via header"},
        Case{"empty_Via", "From:", "Via:\r\nFrom:", "Malformed Via header"},
        Case{"Contact_headers", "Contact: <sip:zoe@192.0.2.7>", "m: sip:zoe@x?Route=%3Csip:y%3E",
             "Malformed Contact header"},
        Case{"Contact_star", "Contact: <sip:zoe@192.0.2.7>", "Contact: *", ""},
        Case{"colon_for_a_name", "zoe@192.0.2.7>", "zoe@192.0.2.7>;expires=390,: <sip:zoe@192.0.2.8>",
             "Malformed Contact header"},
        Case{"separators_for_a_name", "zoe@192.0.2.7>", "zoe@192.0.2.7>, = <sip:zoe@192.0.2.8>",
             "Malformed Contact header"},
        Case{"URI_for_a_name", "To: Bob", "To: sip:mum@h", "Malformed To header"},
        Case{"a_name_with_brackets", "To: Bob", "To: Bob (at work) 100@pbx", ""},
        Case{"bare_Route", "<sip:edge.example;lr>", "sip:edge.example", "Malformed Route header"},
        Case{"bare_Record_Route", "Route: <sip:edge.example;lr>", "Record-Route: sip:edge.example",
             "Malformed Record-Route header"}),
    [](const auto& c) { return std::string(c.param.name); });

TEST(MessageCheckOrder, an_unknown_method_is_left_to_its_501_though_CSeq_differs) {
    std::string wire(good);
    wire.replace(0, 7, "HARVEST");
    EXPECT_FALSE(sip::check(*sip::MessageView::parse(wire)));
}

TEST(MessageCheckOrder, too_many_header_lines_are_a_400) {
    std::string wire(good);
    for (std::size_t i = 0; i < sip::MessageView::max_fields; ++i)
        wire.insert(wire.find("Content-Length"), "X: y\r\n");
    EXPECT_EQ(sip::check(*sip::MessageView::parse(wire)), (sip::Fault{400, "Too many header lines"}));
}

TEST(MessageCheckOrder, a_malformed_or_huge_Expires_is_no_fault_but_the_default) {
    for (const std::string_view expires : {"Expires: 10000000000000000000000\r\n", "Expires: soon\r\n"}) {
        std::string wire(good);
        wire.insert(wire.find("To:"), expires);
        EXPECT_FALSE(sip::check(*sip::MessageView::parse(wire))) << expires;
    }
}

TEST(CheckedWays, no_way_is_longer_than_Max_Forwards_can_say) {
    for (const std::string field : {"Route: ", "Record-Route: ", "Via: "}) {
        const std::string value = field == "Via: " ? "SIP/2.0/UDP h;branch=z9hG4bKx" : "<sip:h;lr>";
        const auto with = [&](std::size_t values, bool one_line) {
            std::string wire(good);
            std::string more = field + value;
            for (std::size_t i = 1; i < values; ++i)
                more += (one_line ? ", " : "\r\n" + field) + value;
            wire.insert(wire.find("From: "), more + "\r\n");
            return sip::check(*sip::MessageView::parse(wire));
        };
        EXPECT_EQ(with(254, true), std::nullopt) << field;
        EXPECT_EQ(with(256, true)->reason, "Too many Via, Route or Record-Route values") << field;
        EXPECT_EQ(with(2000, true)->status, 400) << field;
        EXPECT_EQ(with(100, false), std::nullopt) << field;
    }
}

}  // namespace
