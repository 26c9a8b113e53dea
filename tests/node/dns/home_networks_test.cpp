// tests/node/dns/home_networks_test.cpp - which names are of our own networks.
#include "node/dns/home_networks.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace node {
namespace {

TEST(HomeNetworks, are_those_of_homes_and_those_that_the_configuration_calls_unsigned) {
    const std::vector<std::string> configured{"corp.example", "mesh"};
    for (const char* own : {"pbx.lan", "a.b.internal", "printer.local", "x.home.arpa", "corp.example",
                            "pbx.corp.example", "bob.mesh", "bob.mesh."})
        EXPECT_TRUE(is_of_own_network(own, configured)) << own;
    for (const char* foreign :
         {"example", "notcorp.example", "corp.example.org", "lan.example", "evil-lan", "arpa", "", "."})
        EXPECT_FALSE(is_of_own_network(foreign, configured)) << foreign;
    EXPECT_FALSE(is_of_own_network("pbx.corp.example", {}));
}

}  // namespace
}  // namespace node
