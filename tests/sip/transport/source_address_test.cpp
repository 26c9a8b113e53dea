// tests/sip/transport/source_address_test.cpp - what the kernel of this machine says.
#include "sip/transport/source_address.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace sip {
namespace {

using asio::ip::make_address;

TEST(SourceAddress, on_loopback_it_is_the_address_that_is_met_there) {
    EXPECT_EQ(source_address({make_address("127.0.0.1"), 5060}), make_address("127.0.0.1"));
    EXPECT_EQ(source_address({make_address("127.0.0.9"), 5060}), make_address("127.0.0.1"));
}

TEST(SourceAddress, where_no_route_leads_there_is_none) {
    EXPECT_EQ(source_address({make_address("255.255.255.255"), 5060}), std::nullopt) << "broadcast";
    EXPECT_EQ(source_address({asio::ip::address(), 0}).value_or(make_address("127.0.0.1")),
              make_address("127.0.0.1"))
        << "0.0.0.0 is this machine to Linux";
}

TEST(SourceAddress, it_takes_no_descriptor_with_it_and_does_without_one) {
    const int lowest = dup(0);
    ASSERT_GE(lowest, 0);
    close(lowest);
    for (int i = 0; i < 100; ++i)
        (void)source_address({make_address("127.0.0.1"), 5060});
    const int after = dup(0);
    close(after);
    EXPECT_EQ(after, lowest);
    rlimit old{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
    const rlimit tight{static_cast<rlim_t>(lowest), old.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
    const auto none = source_address({make_address("127.0.0.1"), 5060});
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
    EXPECT_EQ(none, std::nullopt);
}

}  // namespace
}  // namespace sip
