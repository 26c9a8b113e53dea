// node/daemon/page_thread.cpp - promises, and for how long they are waited for.
#include "node/daemon/page_thread.hpp"

#include <asio/post.hpp>
#include <future>

#include "node/daemon/descriptors.hpp"

namespace node {
namespace {

constexpr std::chrono::seconds patience{15};
constexpr std::chrono::seconds patience_for_others{20};  // chain.cpp gives up after 18
constexpr std::chrono::milliseconds looks_each{50};      // whether the node stops

/// Nothing: it stops, or there was no answer in time.
template <typename T>
std::optional<T> wait_for(std::future<T> future, const std::atomic<bool>& stopping,
                          std::chrono::seconds at_most = patience) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    while (!stopping && std::chrono::steady_clock::now() < until) {
        if (future.wait_for(looks_each) != std::future_status::ready) continue;
        try {
            return future.get();
        } catch (const std::future_error&) {
            return std::nullopt;  // who should have answered has gone
        }
    }
    return std::nullopt;
}

}  // namespace

PageThread::PageThread(const Config& config, const StatePaths& paths, Node& node)
    : node_(node),
      phones_(static_cast<NodeCommands&>(*this)),
      page_(thread_.loop,
            PageLoop::Parts{config, paths, static_cast<NodeCommands&>(*this), static_cast<LoginGate&>(*this),
                            phones_, browsers_for(descriptor_limit())}) {}

PageThread::~PageThread() {
    stop();
    thread_.stop_and_join();
}

void PageThread::start() {
    asio::post(thread_.loop, [this] { page_.start(); });
    thread_.start([] {});
}

void PageThread::stop() {
    stopping_ = true;
    thread_.loop.stop();
}

void PageThread::make_link(std::function<void(tl::expected<std::string, std::string>)> done) {
    asio::post(thread_.loop, [this, done = std::move(done)] {
        try {
            done(page_.make_link());
        } catch (const DatabaseError& e) {
            done(tl::unexpected(std::string(e.what())));
        }
    });
}

tl::expected<nlohmann::ordered_json, std::string> PageThread::ask(const nlohmann::ordered_json& request) {
    using Answer = tl::expected<nlohmann::ordered_json, std::string>;
    const auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    node_.page_asks(request, [promise](Answer answer) { promise->set_value(std::move(answer)); });
    const auto& command = request.at("command");
    const bool asks_others = command == "ping" || command == "explain";
    auto answer = wait_for(std::move(future), stopping_, asks_others ? patience_for_others : patience);
    if (!answer) return tl::unexpected(std::string("The node did not answer in time. Try again."));
    return std::move(*answer);
}

bool PageThread::may_look(const asio::ip::address& peer) {
    const auto promise = std::make_shared<std::promise<bool>>();
    auto future = promise->get_future();
    node_.page_may_look(peer, [promise](bool may) { promise->set_value(may); });
    return wait_for(std::move(future), stopping_).value_or(false);
}

void PageThread::was_wrong(const asio::ip::address& peer) {
    node_.page_password_was_wrong(peer);
}

}  // namespace node
