// tests/overlay/posted_listener_test.cpp - who is told on a loop of his own, and who is gone by then.
#include "overlay/posted_listener.hpp"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <string>
#include <thread>

namespace overlay {
namespace {

class Hearer final : public Listener {
public:
    void call_back_wished(const CallBackWish& wish) override {
        heard("wish " + std::to_string(wish.from.port()));
    }
    void met(const asio::ip::address& node) override { heard("met " + node.to_string()); }
    void seen_changed(std::vector<SeenAddress> seen) override {
        heard("seen " + std::to_string(seen.size()));
    }
    void identity_shared(const SharedIdentity& shared) override { heard("shared " + shared.label); }
    void neighbours_changed(std::vector<Neighbour> neighbours) override {
        heard("neighbours " + std::to_string(neighbours.size()));
    }
    std::vector<std::string> all;
    std::optional<std::thread::id> on;

private:
    void heard(std::string what) {
        all.push_back(std::move(what));
        on = std::this_thread::get_id();
    }
};

TEST(PostedListener, tells_on_its_executor_in_the_order_of_calls) {
    asio::io_context loop;
    const auto hearer = std::make_shared<Hearer>();
    PostedListener posted(loop.get_executor(), hearer);
    std::thread([&posted] {
        CallBackWish wish;
        wish.from = asio::ip::udp::endpoint(asio::ip::make_address("192.0.2.1"), 4222);
        posted.call_back_wished(wish);
        posted.met(asio::ip::make_address("192.0.2.2"));
        posted.seen_changed(std::vector<SeenAddress>(2));
        SharedIdentity shared;
        shared.label = "bob";
        posted.identity_shared(shared);
        posted.neighbours_changed(std::vector<Neighbour>(3));
    }).join();
    EXPECT_TRUE(hearer->all.empty()) << "not inside the call";
    loop.run();
    EXPECT_EQ(hearer->all, (std::vector<std::string>{"wish 4222", "met 192.0.2.2", "seen 2", "shared bob",
                                                     "neighbours 3"}));
    EXPECT_EQ(hearer->on, std::this_thread::get_id());
}

TEST(PostedListener, tells_nobody_who_is_gone) {
    asio::io_context loop;
    auto hearer = std::make_shared<Hearer>();
    PostedListener posted(loop.get_executor(), hearer);
    posted.seen_changed({});
    const std::weak_ptr<Hearer> gone = hearer;
    hearer.reset();
    EXPECT_TRUE(gone.expired()) << "it is kept weakly";
    EXPECT_EQ(loop.run(), 1U);
}

}  // namespace
}  // namespace overlay
