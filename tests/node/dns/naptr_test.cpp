// tests/node/dns/naptr_test.cpp - NAPTR records off the wire (RFC 3403), and the SIP services among them.
#include "node/dns/naptr.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::string_literals;
using sip::Transport;
using testing::ElementsAre;
using testing::IsEmpty;

std::string both(std::size_t value) {
    return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}
std::string text(const std::string& value) {
    return static_cast<char>(value.size()) + value;
}

/// The replacement is `label`.test, or the root.
std::string naptr(std::size_t order, std::size_t preference, const std::string& flags,
                  const std::string& services, const std::string& label, const std::string& regexp = "") {
    return both(order) + both(preference) + text(flags) + text(services) + text(regexp) +
           (label.empty() ? ""s : text(label) + text("test")) + '\0';
}

std::vector<std::string> names(const NaptrServices& found) {
    std::vector<std::string> all;
    for (const auto& service : found.usable)
        all.push_back(std::string(sip::uri_value(service.transport)) + " " + service.srv_name);
    return all;
}

const std::vector every{Transport::udp, Transport::tcp, Transport::tls, Transport::ws, Transport::wss};

NaptrServices services(const std::vector<std::string>& records,
                       const std::vector<Transport>& transports = every) {
    return sip_services(records, transports);
}

TEST(Naptr, a_record_is_read_off_the_wire) {
    const auto record = parse_naptr(naptr(10, 300, "s", "SIP+D2U", "_SIP", "!^.*$!sip:x@y!"));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->order, 10);
    EXPECT_EQ(record->preference, 300);
    EXPECT_EQ(record->flags, "s");
    EXPECT_EQ(record->services, "SIP+D2U");
    EXPECT_EQ(record->regexp, "!^.*$!sip:x@y!");
    EXPECT_EQ(record->replacement, "_sip.test");
    EXPECT_EQ(parse_naptr(naptr(1, 1, "u", "E2U+sip", ""))->replacement, "");
}

TEST(Naptr, records_cut_at_any_byte_or_too_long_are_refused) {
    const std::string whole = naptr(10, 300, "s", "SIP+D2U", "_sip", "!a!b!");
    ASSERT_TRUE(parse_naptr(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(parse_naptr(whole.substr(0, size))) << size;
    EXPECT_FALSE(parse_naptr(whole + "x"));
    EXPECT_FALSE(parse_naptr(both(1) + both(1) + text("s") + text("SIP+D2U") + text("") + "\xc0\x0c"s));
}

TEST(Naptr, each_service_has_its_transport_in_any_case) {
    EXPECT_THAT(names(services({naptr(1, 0, "s", "SIP+D2U", "u"), naptr(2, 0, "S", "sip+d2t", "t"),
                                naptr(3, 0, "s", "SIPS+D2T", "s"), naptr(4, 0, "s", "Sip+D2w", "w"),
                                naptr(5, 0, "s", "SIPS+D2W", "ww")})),
                ElementsAre("udp u.test", "tcp t.test", "tls s.test", "ws w.test", "wss ww.test"));
    for (const auto transport : every)
        EXPECT_EQ(transport_of_service(service_of_transport(transport)), transport);
}

TEST(Naptr, order_decides_before_preference) {
    EXPECT_THAT(names(services({naptr(20, 1, "s", "SIP+D2U", "last"), naptr(10, 9, "s", "SIP+D2T", "second"),
                                naptr(10, 2, "s", "SIPS+D2T", "first")})),
                ElementsAre("tls first.test", "tcp second.test", "udp last.test"));
}

TEST(Naptr, what_is_not_spoken_is_discarded_first) {
    const auto found = services({naptr(1, 0, "s", "SIP+D2S", "sctp"), naptr(2, 0, "s", "SIPS+D2T", "tls"),
                                 naptr(3, 0, "s", "SIP+D2U", "udp")},
                                {Transport::udp, Transport::tcp});
    EXPECT_THAT(names(found), ElementsAre("udp udp.test"));
    const auto none = services({naptr(1, 0, "s", "SIP+D2S", "sctp")});
    EXPECT_THAT(none.usable, IsEmpty());
    EXPECT_TRUE(none.any) << "the domain does say something about SIP";
}

TEST(Naptr, other_services_flags_and_regular_expressions_are_passed_over) {
    const auto found = services({naptr(1, 0, "u", "E2U+sip", "", "!^.*$!sip:info@example.test!"),
                                 naptr(1, 0, "s", "SIP+D2U", "x", "!a!b!"), naptr(1, 0, "a", "SIP+D2U", "a"),
                                 naptr(1, 0, "", "SIP+D2U", "more"), naptr(1, 0, "s", "SIP+D2U", ""),
                                 naptr(1, 0, "s", "SIP+D2U", "no host"), "garbage"});
    EXPECT_THAT(found.usable, IsEmpty());
    EXPECT_FALSE(services({naptr(1, 0, "u", "E2U+sip", "", "!^.*$!sip:info@example.test!")}).any);
}

TEST(Naptr, the_same_service_twice_is_one) {
    EXPECT_THAT(names(services({naptr(1, 0, "s", "SIP+D2U", "u"), naptr(2, 0, "s", "SIP+D2U", "u"),
                                naptr(3, 0, "s", "SIP+D2U", "backup")})),
                ElementsAre("udp u.test", "udp backup.test"));
}

}  // namespace
}  // namespace node
