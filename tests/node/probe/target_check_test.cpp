// tests/node/probe/target_check_test.cpp - what is remembered of servers, seen by counting the questions they
// get.
#include "node/probe/target_check.hpp"

#include <gtest/gtest.h>

#include <array>
#include <asio/ip/udp.hpp>

#include "node/probe/probe_driver.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/syntax/message.hpp"

namespace node {
namespace {

const auto loopback = asio::ip::make_address("127.0.0.1");

/// Answers 200 to every OPTIONS, or says nothing; counts them.
class Server {
public:
    Server(asio::io_context& loop, bool answers)
        : socket_(loop, asio::ip::udp::endpoint(loopback, 0)), answers_(answers) {
        receive();
    }
    [[nodiscard]] DnsTarget target() const {
        return {sip::Transport::udp, loopback, socket_.local_endpoint().port(), 0, 0, "h"};
    }
    int asked = 0;

private:
    void receive() {
        socket_.async_receive_from(
            asio::buffer(buffer_), from_, [this](const asio::error_code& error, std::size_t size) {
                if (error) return;
                ++asked;
                const auto request = sip::MessageView::parse({buffer_.data(), size});
                if (answers_ && request) {
                    const sip::Flow flow{sip::Transport::udp, {loopback, 0}, {from_.address(), from_.port()}};
                    const auto text = sip::ResponseBuilder(*request, flow, 200).finish();
                    socket_.send_to(asio::buffer(text), from_);
                }
                receive();
            });
    }
    asio::ip::udp::socket socket_;
    asio::ip::udp::endpoint from_;
    std::array<char, 65536> buffer_{};
    bool answers_;
};

class TargetCheckTest : public testing::Test {
protected:
    CheckedTargets check(const std::vector<DnsTarget>& targets, bool fresh = false) {
        std::optional<CheckedTargets> result;
        edges.check("example.test", targets, fresh, [&](const CheckedTargets& r) { result = r; });
        while (!result)
            loop.run_one();
        return *result;
    }
    /// A port where nobody listens: the kernel refuses.
    DnsTarget dead() {
        asio::ip::udp::socket free(loop, asio::ip::udp::endpoint(loopback, 0));
        return {sip::Transport::udp, loopback, free.local_endpoint().port(), 0, 0, "dead"};
    }
    asio::io_context loop;
    Server alive{loop, true}, silent{loop, false};
    ProbeDriver edges{loop};
};

TEST_F(TargetCheckTest, a_target_that_refuses_comes_last_and_is_still_given) {
    const auto refusing = dead();
    const auto result = check({refusing, alive.target()});
    ASSERT_EQ(result.targets.size(), 2U);
    EXPECT_EQ(result.targets[0], alive.target());
    EXPECT_EQ(result.targets[1], refusing);
    EXPECT_NE(result.sentence.find("did not answer"), std::string::npos) << result.sentence;
}

TEST_F(TargetCheckTest, a_second_call_asks_nobody_in_any_order_of_the_same_targets) {
    const auto refusing = dead();
    check({refusing, alive.target()});
    EXPECT_EQ(alive.asked, 1);
    EXPECT_EQ(check({alive.target(), refusing}).targets[0], alive.target());
    EXPECT_EQ(check({refusing, alive.target()}).targets[0], alive.target());
    EXPECT_EQ(alive.asked, 1);
    check({alive.target(), refusing}, true);
    EXPECT_EQ(alive.asked, 2) << "fresh asks again";
    check({alive.target()});
    EXPECT_EQ(alive.asked, 3) << "of other targets nothing is known";
}

TEST_F(TargetCheckTest, a_silent_server_holds_up_one_call_alone) {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(check({silent.target()}).targets.size(), 1U);
    const int asked = silent.asked;
    EXPECT_GE(asked, 1);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    EXPECT_EQ(check({silent.target()}).targets.size(), 1U);
    EXPECT_EQ(silent.asked, asked);
}

}  // namespace
}  // namespace node
