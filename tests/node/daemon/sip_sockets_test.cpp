// tests/node/daemon/sip_sockets_test.cpp - from the configuration to the sockets.
#include "node/daemon/sip_sockets.hpp"

#include <gtest/gtest.h>

#include "node/addresses.hpp"

namespace node {
namespace {

TEST(SipSockets, what_is_listened_at_is_what_the_configuration_says) {
    Config config;
    config.sip.listen = {*parse_transport_address("udp:0.0.0.0:5060"),
                         *parse_transport_address("tls:[::]:5061")};
    const auto listens = listens_of(config);
    ASSERT_EQ(listens.size(), 2U);
    EXPECT_EQ(listens[1].transport, sip::Transport::tls);
    EXPECT_EQ(addresses_of(listens), config.sip.listen);
}

TEST(SipSockets, without_a_word_pages_of_the_own_host_alone_may_speak_and_with_one_those_that_it_names) {
    Config config;
    EXPECT_FALSE(web_origins(config)) << "the rule of the transport holds";
    config.sip.web_origins = {"https://phone.example.org"};
    EXPECT_TRUE(web_origins(config)("https://Phone.Example.org"));
    EXPECT_FALSE(web_origins(config)("https://evil.example.org"));
    config.sip.web_origins = {"*"};
    EXPECT_TRUE(web_origins(config)("https://evil.example.org"));
}

}  // namespace
}  // namespace node
