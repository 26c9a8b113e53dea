// tests/overlay/client_test.cpp - the overlay on a thread of its own, called and answered from elsewhere.
#include "overlay/client.hpp"

#include <gtest/gtest.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <future>
#include <thread>

#include "tests/overlay/memory_in_memory.hpp"

namespace overlay {
namespace {

using namespace std::chrono_literals;

/// An overlay on loopback; the test's own thread is the caller's loop.
class OverlayClient : public testing::Test {
protected:
    OverlayClient() {
        OverlayConfig config;
        config.network = 777;
        config.listen = {{asio::ip::make_address("127.0.0.1"), 0}};
        overlay_ = std::make_shared<Overlay>(overlay_loop_, config, identity_, memory_);
        peer_ = std::make_unique<Overlay>(overlay_loop_, config, peer_identity_, peer_memory_);
        thread_ = std::thread([this] { overlay_loop_.run(); });
    }
    /// From now on the overlay knows somebody, and what is published can be put.
    void join() {
        asio::post(overlay_loop_, [this] {
            OverlayConfig config;
            config.network = 777;
            config.listen = {{asio::ip::make_address("127.0.0.1"), 0}};
            config.bootstrap = {"127.0.0.1:" + std::to_string(peer_->status().listening.at(0).port())};
            peer_->start();
            overlay_ = std::make_shared<Overlay>(overlay_loop_, config, identity_, memory_);
            overlay_->start();
        });
        wait_for_overlay();
    }
    ~OverlayClient() override {
        end_overlay();
        work_.reset();
        thread_.join();
    }
    Client client() { return {overlay_loop_.get_executor(), overlay_, own_loop_.get_executor()}; }

    /// On its own thread, as all that it owns has handlers there.
    void end_overlay() {
        std::promise<void> ended;
        asio::post(overlay_loop_, [&] {
            overlay_.reset();
            peer_.reset();
            ended.set_value();
        });
        ended.get_future().wait();
    }
    /// Everything posted to the overlay's loop until now has been done.
    void wait_for_overlay() {
        std::promise<void> done;
        asio::post(overlay_loop_, [&] { done.set_value(); });
        done.get_future().wait();
    }
    template <typename Condition>
    bool run_until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!condition() && std::chrono::steady_clock::now() < end) {
            own_loop_.restart();
            own_loop_.run_one_for(20ms);
        }
        return condition();
    }
    OverlayStatus status() {
        std::optional<OverlayStatus> told;
        client().status([&](OverlayStatus s) { told = std::move(s); });
        run_until([&] { return told.has_value(); });
        return told.value_or(OverlayStatus{});
    }
    [[nodiscard]] RecordName bobs_name() const { return {identity_.public_key(), {}, "bob"}; }

    /// The labels that are published now.
    std::vector<std::string> published() {
        std::vector<std::string> labels;
        for (const auto& record : status().published) {
            if (!record.withdrawn) labels.push_back(record.label);
        }
        return labels;
    }

    const crypto::Identity identity_ = crypto::Identity::generate();
    const crypto::Identity peer_identity_ = crypto::Identity::generate();
    MemoryInMemory memory_, peer_memory_;
    asio::io_context own_loop_, overlay_loop_;
    asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(overlay_loop_);
    std::unique_ptr<Overlay> peer_;
    std::shared_ptr<Overlay> overlay_;  // written on its own loop
    std::thread thread_;
};

InnerRecord some_record() {
    InnerRecord record;
    record.edges.push_back({{}, {{Transport::udp, asio::ip::make_address("192.0.2.7"), 5060}}});
    return record;
}

TEST_F(OverlayClient, an_answer_comes_on_the_executor_that_was_given_and_not_inside_the_call) {
    std::optional<std::thread::id> answered_on;
    Outcome outcome = Outcome::found;
    client().resolve({bobs_name(), true}, [&](const ResolveAnswer& answer) {
        answered_on = std::this_thread::get_id();
        outcome = answer.outcome;
    });
    wait_for_overlay();
    EXPECT_FALSE(answered_on);
    EXPECT_TRUE(run_until([&] { return answered_on.has_value(); }));
    EXPECT_EQ(answered_on, std::this_thread::get_id());
    EXPECT_EQ(outcome, Outcome::not_joined);
}

TEST_F(OverlayClient, calls_of_one_thread_are_done_in_their_order) {
    join();
    client().publish({identity_.public_key(), {}, "alice"}, some_record());
    client().withdraw({identity_.public_key(), {}, "alice"});
    client().withdraw(bobs_name());
    client().publish(bobs_name(), some_record());
    EXPECT_TRUE(run_until([&] { return !published().empty(); }));
    EXPECT_EQ(published(), std::vector<std::string>{"bob"});
}

TEST_F(OverlayClient, two_threads_may_have_a_client_each) {
    join();
    std::vector<std::thread> threads;
    for (const std::string first : {"a", "b"}) {
        threads.emplace_back([first, mine = client(), owner = identity_.public_key()] {
            for (int n = 0; n < 4; ++n)
                mine.publish({owner, {}, first + std::to_string(n)}, some_record());
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_TRUE(run_until([&] { return published().size() == 8; })) << published().size();
}

TEST_F(OverlayClient, after_the_overlay_is_gone_nothing_is_done_and_nobody_is_called) {
    const Client late = client();
    end_overlay();
    bool called = false;
    late.resolve({bobs_name(), false}, [&](const ResolveAnswer&) { called = true; });
    late.status([&](const OverlayStatus&) { called = true; });
    late.publish(bobs_name(), some_record());
    late.trust_clock(false);
    wait_for_overlay();
    EXPECT_EQ(own_loop_.poll(), 0U);
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace overlay
