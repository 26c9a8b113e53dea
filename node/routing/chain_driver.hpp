// node/routing/chain_driver.hpp - puts the chain's questions to the steps, hands their answers in, and wakes
// it in time. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <map>

#include "node/routing/chain.hpp"
#include "node/wake_timer.hpp"
#include "sip/alive.hpp"

namespace node {

class ChainDriver {
public:
    /// Borrowed. Those that are switched off in the chain's rules may be missing.
    struct Steps {
        Step& local;
        Step* dns = nullptr;
        KeyBindings* key_bindings = nullptr;
        Step* dht = nullptr;
    };
    using RouteDone = std::function<void(sip::RouteAnswer)>;
    using LookupDone = std::function<void(Trace)>;

    /// Borrows the chain.
    ChainDriver(asio::io_context& loop, Chain& chain, Steps steps);
    /// What is under way is never answered.
    ~ChainDriver();
    ChainDriver(const ChainDriver&) = delete;  // steps and the timer point back here
    ChainDriver& operator=(const ChainDriver&) = delete;

    /// Calls `done` once. What our own phones can know is answered before this returns, without a turn of
    /// the loop.
    void route(const sip::RouteQuestion& question, RouteDone done);
    /// For a person: see Chain::lookup(). Calls `done` once, perhaps before returning.
    void lookup(const std::string& uri, const sip::Flow& flow, LookupDone done);

private:
    void put(const Chain::Question& question);
    void pump();

    Chain& chain_;
    const Steps steps_;
    std::map<Chain::LookupId, LookupDone> waiting_;
    bool pumping_ = false;  // a step that answers at once is heard by the pump that asked it
    WakeTimer timer_;
    sip::Alive alive_;
};

}  // namespace node
