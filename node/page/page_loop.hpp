// node/page/page_loop.hpp - the page, put together: who is logged in, whose path it is, HTTP. On a loop and
// thread of its own, so that neither a password (30 ms of work) nor somebody who asks much is felt by a call.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "node/config/config.hpp"
#include "node/page/contents.hpp"
#include "node/page/http_driver.hpp"
#include "node/page/invite_page.hpp"
#include "node/page/login_gate.hpp"
#include "node/page/login_pages.hpp"
#include "node/page/metrics.hpp"
#include "node/page/node_commands.hpp"
#include "node/page/page_scripts.hpp"
#include "node/page/page_style.hpp"
#include "node/page/page_visitors.hpp"
#include "node/page/phone/phone_pages.hpp"
#include "node/state/paths.hpp"
#include "sip/alive.hpp"

namespace node {

/// Page loop only, but for visit() and the constructor (start-up: throws DatabaseError, std::runtime_error).
class PageLoop final : public PageVisitors {
public:
    /// All borrowed.
    struct Parts {
        const Config& config;
        const StatePaths& paths;
        NodeCommands& node;
        LoginGate& gate;
        Pages& phones;          // of phones that are set up: /p/*, /phonebook.*
        unsigned browsers = 0;  // connections of theirs at most
    };
    PageLoop(asio::io_context& loop, const Parts& parts);
    ~PageLoop();
    PageLoop(const PageLoop&) = delete;  // pending waits point back here
    PageLoop& operator=(const PageLoop&) = delete;

    void visit(int descriptor, const sip::Endpoint& peer) override;
    void start();
    /// What stands behind the page's address in a link that logs in once. Throws DatabaseError.
    [[nodiscard]] std::string make_link();
    /// The same while nobody was ever here; else empty.
    [[nodiscard]] std::string first_link();

private:
    void watch();

    asio::io_context& loop_;
    NodeCommands& node_;
    Database database_;
    PageSessions sessions_;
    const PageHosts hosts_;
    PageRoutes routes_;
    PageFront front_;
    LiveChanges live_;
    LoginPages login_;
    MetricsPages metrics_;
    InvitePage invite_;
    ScriptPages scripts_;
    StylePages style_;
    Contents contents_;
    PhonePages softphone_;
    std::unique_ptr<HttpDriver> http_;
    asio::steady_timer timer_;
    sip::Alive alive_;
};

}  // namespace node
