// tests/sip/edge/request_target_test.cpp - whom a Request-URI names, as a table.
#include "sip/edge/request_target.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

// "user host port transport sips own percent label", or the status that it is refused with.
std::string target(std::string_view request_uri) {
    const OwnHosts own({"home.test"}, {});
    const auto found = target_of(request_uri, own, udp_flow());
    if (!found) return std::to_string(found.error().status);
    const DialledUri& dialled = found->dialled;
    return dialled.user + " " + dialled.host + " " + (dialled.port ? std::to_string(*dialled.port) : "-") +
           " " + dialled.transport.value_or("-") + (dialled.sips ? " sips" : "") +
           (found->host_is_own ? " own" : "") + (found->percent_form ? " percent" : "") +
           (found->label ? " label=" + *found->label : "");
}

TEST(RequestTarget, is_read_once_and_tells_ourselves_our_users_and_the_others_apart) {
    struct Row {
        const char *uri, *expected;
    };
    for (const Row& row : std::vector<Row>{
             {"sip:home.test", " home.test - - own"},
             {"sip:Bob@HOME.test", "Bob home.test - - own label=bob"},
             {"sip:b%6fb@home.test:5080", "bob home.test 5080 - own label=bob"},
             {"sip:a%20b@home.test", "a b home.test - - own"},
             {"sips:bob@Far.Test;transport=TCP", "bob far.test - tcp sips"},
             {"sip:bob@[2001:DB8::1]:5060", "bob 2001:db8::1 5060 -"},
             {"sip:bob%40far.test@home.test", "bob far.test - - percent"},
             {"sips:bob%40far.test%3A5070@home.test", "bob far.test 5070 - sips percent"},
             {"sip:bob%40home.test@home.test", "bob home.test - - own percent label=bob"},
             {"sip:bob%40far.test@other.test", "bob@far.test other.test - -"},
             {"sip:bob@home.test;transport=tcp;hw-at=Far.test", "bob far.test - - percent"},
             {"sip:bob@home.test;hw-at=home.test", "bob home.test - - own percent label=bob"},
             {"sip:bob@other.test;hw-at=far.test", "bob other.test - -"},
             {"sip:bob@home.test;hw-at", "404"},
             {"sip:bob@home.test;hw-at=a%40b", "404"},
             {"sip:bob%00@home.test", "404"},
             {"sip:bob%40@home.test", "404"},
             {"sip:bob%40far.test%3Blr@home.test", "404"},
             {"tel:+123", "416"},
             {"sip:", "400"},
         })
        EXPECT_EQ(target(row.uri), row.expected) << row.uri;
}

TEST(RequestTarget, of_the_percent_form_the_URI_is_the_inner_address) {
    const auto found = target_of("sip:bob%40far.test@home.test", OwnHosts({"home.test"}, {}), udp_flow());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->uri, "sip:bob@far.test");
}

}  // namespace

}  // namespace sip::testing
