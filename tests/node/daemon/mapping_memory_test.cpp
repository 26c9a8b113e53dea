// tests/node/daemon/mapping_memory_test.cpp - what reach finds again after a restart.
#include "node/daemon/mapping_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/scratch.hpp"

namespace node {
namespace {

using asio::ip::make_address;
using testing::UnorderedElementsAre;

const LastingMapping udp{make_address("192.168.1.1"), {{false, 5060}, 40001, make_address("192.168.1.20")}},
    tcp{make_address("192.168.1.1"), {{true, 5061}, 5061, make_address("192.168.1.20")}};

class Memory : public testing::Test {
protected:
    Scratch scratch;
    Database db{scratch.dir / "state.db", Durability::process_crash};
    Facts facts{db};
    MappingMemory memory{facts};
};

TEST_F(Memory, a_router_knows_us_by_the_same_secret_after_a_restart) {
    const auto secret = memory.secret();
    EXPECT_NE(secret, crypto::Bytes<16>{});
    EXPECT_EQ(MappingMemory(facts).secret(), secret);
}

TEST_F(Memory, mappings_without_an_end_are_found_again_until_others_are_saved) {
    EXPECT_TRUE(memory.load().empty());
    memory.save({udp, tcp});
    EXPECT_THAT(MappingMemory(facts).load(), UnorderedElementsAre(udp, tcp));
    memory.save({tcp});
    EXPECT_THAT(memory.load(), UnorderedElementsAre(tcp));
    memory.save({});
    EXPECT_TRUE(memory.load().empty());
}

TEST_F(Memory, what_is_damaged_is_passed_over) {
    memory.save({udp});
    facts.set("router.mapping/192.168.1.1/home/udp/5060", 5060);
    facts.set("router.mapping/", 1);
    facts.set("router.mapping/192.168.1.1/192.168.1.20/udp/5060x", 1);
    facts.set("router.mapping/192.168.1.1/192.168.1.20/tcp/5060", 70000);
    EXPECT_THAT(memory.load(), UnorderedElementsAre(udp));
}

}  // namespace
}  // namespace node
