// tests/node/daemon/overlay_loop_test.cpp - the overlay as the configuration and the state file make it.
#include "node/daemon/overlay_loop.hpp"

#include <gmock/gmock.h>

#include "tests/node/identities.hpp"
#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class OverlayOnItsLoop : public StateTest {
protected:
    OverlayOnItsLoop() { config.dht.listen = {{asio::ip::address_v4::loopback(), 0}}; }
    std::unique_ptr<OverlayLoop> make() {
        return std::make_unique<OverlayLoop>(loop, config, paths, identity(1));
    }
    /// A port that nobody has.
    std::uint16_t free_port() {
        asio::ip::udp::socket socket(loop, {asio::ip::address_v4::loopback(), 0});
        return socket.local_endpoint().port();
    }
    asio::io_context loop;
    Config config;
};

TEST_F(OverlayOnItsLoop, its_ports_are_those_of_IPv4_that_the_configuration_names) {
    const auto port = free_port();
    config.dht.listen = {{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), 0}};
    const auto overlay = make();
    EXPECT_THAT(overlay->ports(), ElementsAre(port));
}

TEST_F(OverlayOnItsLoop, without_IPv4_it_has_no_port_for_the_router) {
    config.dht.listen = {{asio::ip::address_v6::loopback(), 0}};
    try {
        EXPECT_TRUE(make()->ports().empty());
    } catch (const std::system_error& e) {
        GTEST_SKIP() << "no IPv6: " << e.what();
    }
}

TEST_F(OverlayOnItsLoop, a_key_that_was_seen_given_up_before_the_restart_is_still_revoked) {
    {
        Database db = open();
        OverlayMemory(db).save_revoked({identity(2).public_key(), 1'700'000'000});
    }
    const auto overlay = make();
    std::optional<overlay::ResolveAnswer> answer;
    overlay->overlay().start();
    overlay->overlay().resolve({{identity(2).public_key(), {}, "bob"}},
                               [&](overlay::ResolveAnswer given) { answer = std::move(given); });
    loop.run_for(std::chrono::milliseconds(100));
    ASSERT_TRUE(answer) << "without asking anybody";
    EXPECT_TRUE(answer->revoked);
}

TEST_F(OverlayOnItsLoop, a_state_file_that_is_no_database_is_named_at_the_start) {
    write_text(paths.database, std::string(4096, 'x'));
    try {
        make();
        ADD_FAILURE() << "started";
    } catch (const DatabaseError& e) {
        EXPECT_THAT(e.what(), HasSubstr(paths.database.string()));
    }
}

}  // namespace
}  // namespace node
