// sip/edge/dialog_routing.hpp - where a request inside of a dialog goes that we stayed in: what its Route
// says of us, or else its tags, and which hops onward may be used. Decides only; sends nothing, asks nobody.
// SIP loop only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "sip/edge/dialog_rights.hpp"
#include "sip/edge/edge_host.hpp"
#include "sip/edge/own_hosts.hpp"
#include "sip/proxy/dialogs.hpp"
#include "sip/proxy/forward_request.hpp"
#include "sip/registrar/registrar.hpp"

namespace sip {

/// What a request's Route says of us.
struct DialogRoute {
    bool names_us = false;                 // a Route of ours was on top
    std::optional<FlowToken> from, token;  // of the sender's side, and of the one that it goes to
    std::string uri;                       // as §16.4 leaves it
    std::vector<std::string> route;
    bool by_tags = false;  // the tokens are not the sender's: his tags and his flow have said which dialog
    // With a token:
    std::optional<Flow> met;  // the receiver, of late: on another flow than the token says
    Speech speech;            // what right_of() asks
    std::string user;         // of ours whom it goes to; empty: it goes outside, or nobody knows
};

class DialogRouting {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Borrows all.
    DialogRouting(const Dialogs& dialogs, const OwnHosts& own, const Registrar& registrar,
                  const EdgeHost& host);

    /// Without a token: it is of no dialog of ours.
    [[nodiscard]] DialogRoute read(const MessageView& message, const Flow& came_on, Now now) const;
    /// Has it a Route of ours on top? Of a request that is of no dialog yet.
    [[nodiscard]] bool names_us(const MessageView& message, const Flow& came_on) const {
        return read(message, came_on, {}).names_us;
    }

    struct Onward {
        std::vector<Hop> hops;
        bool to_resolve = false;  // they are behind a name: question()
    };
    /// No way and nothing to resolve: it may not go there. REQUIRES: dialog.token.
    [[nodiscard]] Onward onward(const DialogRoute& dialog, const Flow& came_on, Time now) const;

    /// May one of our own users have a request sent there?
    [[nodiscard]] bool may_follow(const NextHop& hop) const;
    [[nodiscard]] std::string our_name(const Flow& flow) const { return own_.name(flow); }

    /// What to ask the host about a next hop that is a name. Nothing: it is no SIP URI.
    [[nodiscard]] static std::optional<RouteQuestion> question(const DialogRoute& dialog, const Flow& flow);
    /// The hops that its answer opens to our own user.
    [[nodiscard]] std::vector<Hop> found(const DialogRoute& dialog, const RouteAnswer& answer) const;

private:
    void read_route(DialogRoute& dialog, const MessageView& message, const Flow& came_on) const;
    void read_tags(DialogRoute& dialog, const Dialogs::Found& found, const Flow& came_on, Time now) const;
    [[nodiscard]] bool from_our_side(const DialogRoute& dialog, const Flow& came_on, Time now) const;
    [[nodiscard]] bool may_go(const DialogRoute& dialog, bool ours, const NextHop& hop) const;

    const Dialogs& dialogs_;
    const OwnHosts& own_;
    const Registrar& registrar_;
    const EdgeHost& host_;
};

}  // namespace sip
