// tests/node/peer_address_test.cpp - peers of each family, in no more bytes than it has.
#include "node/peer_address.hpp"

#include <gtest/gtest.h>

#include <asio/ip/tcp.hpp>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace node {
namespace {

/// In a block of just that size, where a sanitizer sees who reads beyond.
asio::ip::address read_back(const asio::ip::tcp::endpoint& peer) {
    const std::unique_ptr<void, decltype(&std::free)> bytes(std::malloc(peer.size()), &std::free);
    std::memcpy(bytes.get(), peer.data(), peer.size());
    return address_of(static_cast<const sockaddr*>(bytes.get()));
}

TEST(PeerAddress, is_that_of_either_family) {
    for (const auto* text : {"192.0.2.7", "2001:db8::7", "fe80::7%1"}) {
        const auto address = asio::ip::make_address(text);
        EXPECT_EQ(read_back({address, 5060}), address);
    }
}

TEST(PeerAddress, of_another_family_is_nobodys) {
    sockaddr local{};
    local.sa_family = AF_UNIX;
    EXPECT_TRUE(address_of(&local).is_unspecified());
    EXPECT_TRUE(address_of(nullptr).is_unspecified());
}

}  // namespace
}  // namespace node
