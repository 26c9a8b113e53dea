// sip/edge/edge_host.hpp - what the edge needs of whoever runs it: in the daemon the rest of the node, in a
// test a script. Each function is called from inside the edge's own, on the SIP loop, and must not call back
// into them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sip/auth/digest.hpp"
#include "sip/edge/answer_gate.hpp"
#include "sip/edge/inbound_call.hpp"
#include "sip/edge/route.hpp"
#include "sip/now.hpp"
#include "sip/proxy/proxy_host.hpp"

namespace sip {

class EdgeHost : public ProxyHost {
public:
    /// Where is this person? To be answered by Edge::answered(), exactly once and within 11 s, but never from
    /// inside this call: who knows the answer at once keeps it until the edge has returned.
    virtual void ask(const RouteId& id, const RouteQuestion& question) = 0;

    /// Is this address ours without our listening there, as a router's that sends it on to us? `port`: none
    /// was named.
    [[nodiscard]] virtual bool leads_here(const asio::ip::address& /*address*/,
                                          std::optional<std::uint16_t> /*port*/) const {
        return false;
    }

    using Fields = std::vector<std::pair<std::string, std::string>>;
    /// Fields that prove to who asks (domain_proofs.hpp) that this node answers for `host`, one of our
    /// domains: lowercase, without a dot at the end. None: nothing is proved, or the challenge is none.
    [[nodiscard]] virtual Fields prove(std::string_view /*host*/, std::string_view /*challenge*/) const {
        return {};
    }

    /// Does this call from outside ring? Asked only with EdgeConfig::judges_strangers.
    [[nodiscard]] virtual InboundVerdict judge(const InboundCall& /*call*/, Now /*now*/) { return {}; }
    /// Somebody has tried to log in. `user` as it was written, shortened; perhaps nobody's.
    virtual void login_failed(std::string_view /*user*/, const Flow& /*flow*/, LoginFault /*fault*/,
                              Now /*now*/) {}
    /// To be remembered over restarts, for Edge::remember(); said once a day of each.
    virtual void home_seen(const Home& /*home*/) {}

    /// A URI by which everybody can call whom our own users call so: a user of ours, a contact of theirs.
    /// Empty: nobody.
    [[nodiscard]] virtual std::string full_name(std::string_view /*label*/) const { return {}; }

    /// The set of live contacts of this user has changed (also by expiry, and once for each user restored).
    /// Told when the event that did it is over: Edge::bindings() may be asked.
    virtual void bindings_changed(const std::string& /*user*/) {}

protected:
    ~EdgeHost() = default;
};

}  // namespace sip
