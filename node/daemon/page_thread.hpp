// node/daemon/page_thread.hpp - the page on its thread, and how it asks the node: by questions posted to
// main, for whose answers it waits. Nobody waits for it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "node/config/config.hpp"
#include "node/daemon/loop_thread.hpp"
#include "node/daemon/provisioning_pages.hpp"
#include "node/page/page_loop.hpp"

namespace node {

class PageThread final : private NodeCommands, private LoginGate {
public:
    /// What the node does for the page. Called on the page's thread; each answers once, on any thread, or
    /// never: the node stops.
    class Node {
    public:
        using Answered = std::function<void(tl::expected<nlohmann::ordered_json, std::string>)>;
        virtual void page_asks(nlohmann::ordered_json request, Answered done) = 0;
        virtual void page_may_look(const asio::ip::address& peer, std::function<void(bool)> done) = 0;
        virtual void page_password_was_wrong(const asio::ip::address& peer) = 0;

    protected:
        ~Node() = default;
    };

    /// Borrows all. As PageLoop's constructor.
    PageThread(const Config& config, const StatePaths& paths, Node& node);
    ~PageThread();
    PageThread(const PageThread&) = delete;  // the page points back here
    PageThread& operator=(const PageThread&) = delete;

    void start();
    /// Begins the end: whoever waits for an answer does so no more. Main only.
    void stop();
    [[nodiscard]] PageVisitors& visitors() noexcept { return page_; }
    /// Before start().
    [[nodiscard]] std::string first_link() { return page_.first_link(); }
    /// `done` gets what stands behind the page's address, or a sentence that says why there is none; on the
    /// page's thread.
    void make_link(std::function<void(tl::expected<std::string, std::string>)> done);

private:
    tl::expected<nlohmann::ordered_json, std::string> ask(const nlohmann::ordered_json& request) override;
    bool may_look(const asio::ip::address& peer) override;
    void was_wrong(const asio::ip::address& peer) override;

    Node& node_;
    std::atomic<bool> stopping_ = false;
    ProvisioningPages phones_;
    LoopThread thread_{"page"};
    PageLoop page_;
};

}  // namespace node
