// tests/node/daemon/host_lookup_test.cpp - what reach hears of a host name.
#include "node/daemon/host_lookup.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

TEST(HostLookup, a_port_is_named_so_that_neither_NAPTR_nor_SRV_is_asked_for) {
    const auto question = address_question("home.example.org");
    EXPECT_EQ(question.dialled.host, "home.example.org");
    EXPECT_TRUE(question.dialled.port.has_value());
}

TEST(HostLookup, addresses_are_handed_on_and_what_is_missing_is_told_apart_from_what_fails) {
    DnsAnswer answer;
    answer.outcome = DnsOutcome::found;
    DnsTarget target;
    target.address = asio::ip::make_address("203.0.113.5");
    answer.targets = {target};
    EXPECT_EQ(host_addresses(answer).addresses, std::vector{target.address});
    EXPECT_FALSE(host_addresses(answer).denied);
    answer.targets.clear();
    answer.outcome = DnsOutcome::missing;
    answer.cause = DnsStatus::nxdomain;
    EXPECT_TRUE(host_addresses(answer).denied);
    EXPECT_EQ(host_addresses(answer).fault, "DNS knows no such name");
    answer.cause = DnsStatus::nodata;
    EXPECT_TRUE(host_addresses(answer).denied);
    EXPECT_EQ(host_addresses(answer).fault, "DNS knows no address of it");
    answer.outcome = DnsOutcome::timeout;
    answer.cause = DnsStatus::error;
    EXPECT_FALSE(host_addresses(answer).denied) << "what DNS said last still counts";
    EXPECT_EQ(host_addresses(answer).fault, "DNS does not answer");
}

}  // namespace
}  // namespace node
