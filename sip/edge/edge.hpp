// sip/edge/edge.hpp - the SIP edge of a node's own phones: registrar, redirect server, proxy, and the one who
// says no. A core: takes messages with the flow they came on, gives messages to send; opens no socket, reads
// no clock.
// 1. Every request gets exactly one final answer; a retransmission gets the same bytes.
// 2. Never an open relay. It forwards only what
//    - names in Route a token of ours that belongs to this very dialog (flow_tokens.hpp), or in its tags the
//      dialog itself (dialogs.hpp), and then only what its sender may say in it (dialog_rights.hpp), and only
//      to where the other side was met, or, for the phone of a user of ours, on to its next hop
//      (dialog_routing.hpp),
//    - is for one of our users, over the flows that they registered, or
//    - comes from one of our users and goes to contacts that the host found (EdgeHost::ask), or that we gave
//      to that user in a 302 of the last minute (redirect_tokens.hpp), or that are bound here.
// 3. Nothing a peer sends throws past receive(), or is remembered without a bound.
// SIP loop only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/auth/accounts.hpp"
#include "sip/edge/answer_gate.hpp"
#include "sip/edge/arrival.hpp"
#include "sip/edge/authenticator.hpp"
#include "sip/edge/dialog_keeper.hpp"
#include "sip/edge/domain_proofs.hpp"
#include "sip/edge/edge_config.hpp"
#include "sip/edge/edge_host.hpp"
#include "sip/edge/last_words.hpp"
#include "sip/edge/moved_doors.hpp"
#include "sip/edge/own_hosts.hpp"
#include "sip/edge/request_forwarder.hpp"
#include "sip/edge/request_target.hpp"
#include "sip/now.hpp"
#include "sip/output.hpp"
#include "sip/proxy/dialogs.hpp"
#include "sip/registrar/registrar.hpp"
#include "sip/syntax/message_check.hpp"
#include "sip/transaction/responder.hpp"

namespace sip {

struct EdgeCounters {
    std::uint64_t received = 0, unreadable = 0, retransmissions = 0;
    std::uint64_t responses_refused = 0;  // by check(): dropped, as RFC 3261 §18.3 wants
    std::uint64_t registered = 0, challenged = 0, credentials_refused = 0, replays_refused = 0,
                  relay_refused = 0, dialogs_refused = 0;  // the last: 481, for who has no part in a dialog
    std::uint64_t proofs_given = 0, proofs_withheld = 0;   // withheld: over 200 a second
    std::uint64_t ignored = 0;                             // calls from outside that got no answer
};

class Edge {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Borrows users, store, host and output. Throws std::runtime_error when libsodium cannot start, or
    /// without a secret.
    Edge(EdgeConfig config, Users& users, BindingStore& store, EdgeHost& host, Output& output, Now now);
    Edge(const Edge&) = delete;  // its parts borrow each other
    Edge& operator=(const Edge&) = delete;

    // Events. After each of them next_wake() may be another.

    /// `wire` is one datagram, or one message of a stream.
    void receive(const Flow& flow, std::string_view wire, Now now);
    /// A stream whose framing is broken: `header` may still be answered (400, 513) before it is closed.
    void broken_stream(const Flow& flow, std::string_view header, std::error_code why, Now now);
    /// What was sent on this flow may not have arrived, and nothing more can be: its connection ended, or
    /// could not be opened.
    void flow_failed(const Flow& flow, Now now);
    /// What EdgeHost::ask() was about. Too late, or for a request that was cancelled: nothing happens.
    void answered(const RouteId& id, RouteAnswer route, Now now);
    void on_time(Now now);
    /// Hangs up every answered call of this Call-ID that goes through us: BYE to both sides, with this
    /// Reason. How many there were.
    std::size_t end_dialog(std::string_view call_id, const EndReason& why, Now now) {
        return keeper_.end(call_id, why, now.steady);
    }
    /// Doors of a call of ours are elsewhere: its other edge is told.
    void doors_moved(const MediaMove& move, Now now) { moved_.tell(move, now.steady); }
    /// What is to be kept over restarts of the calls whose sound goes through us. After each event.
    [[nodiscard]] LastWords::Changes take_last_words() { return last_words_.take_changes(); }
    /// What the run before has kept, for those who have not heard it: their calls are over.
    void say_last_words(const std::vector<LastWord>& words, Now now) { last_words_.say(words, now.steady); }
    /// We end: so do the calls whose sound goes through us.
    void leave(Now now) { last_words_.say_all(now.steady); }
    /// Has everybody heard it who can?
    [[nodiscard]] bool has_left() const { return last_words_.all_said(); }
    /// Users were added or removed: drops the bindings of those that are gone.
    void users_changed(Now now);
    /// What EdgeHost::home_seen() told in the runs before.
    void remember(const std::vector<Home>& homes, Now now) { gate_.remember(homes, now); }
    /// May something that is no SIP message, and came on this flow, be answered?
    [[nodiscard]] bool admits(const Flow& flow, Now now) {
        return gate_.admits(flow, StrangerAct::asked, now.steady);
    }
    /// Of a password that no SIP message brought: as AnswerGate has it.
    [[nodiscard]] bool may_look(const Guess& guess, Now now) { return gate_.may_look(guess, now); }
    void was_wrong(const Guess& guess, Now now) { gate_.was_wrong(guess, now); }
    [[nodiscard]] std::optional<Time> next_wake() const;

    /// Live bindings of a user, best q first.
    [[nodiscard]] std::vector<Binding> bindings(std::string_view user, Now now) const;
    /// Would an INVITE of this phone of `user` get a 302, when that is found? `callee`: the user of ours who
    /// is meant, else empty.
    [[nodiscard]] bool would_redirect(const std::string& user, const Binding& phone,
                                      const std::string& callee, const RouteAnswer& found, Now now) const;
    /// Does this host (and port) mean us? `flow` tells which address was met.
    [[nodiscard]] bool is_own_host(std::string_view host, std::optional<std::uint16_t> port,
                                   const Flow& flow) const;
    [[nodiscard]] EdgeCounters counters() const;
    [[nodiscard]] const GateCounters& guarded() const noexcept { return gate_.counters(); }
    /// Answers over UDP that would have been too large for what came.
    [[nodiscard]] std::uint64_t withheld() const noexcept { return responder_.withheld(); }
    /// Calls that we have hung up because an end of theirs was gone.
    [[nodiscard]] std::uint64_t hung_up() const noexcept { return keeper_.hung_up(); }
    [[nodiscard]] const MoveCounters& moves() const noexcept { return moved_.counters(); }
    [[nodiscard]] const ProxyCounters& proxied() const noexcept { return forwarder_.proxied(); }
    /// Final answers, by status.
    [[nodiscard]] const std::map<int, std::uint64_t>& answers() const noexcept {
        return responder_.answers();
    }

private:
    using Key = ServerTransactions::Key;
    using Resend = ServerTransactions::Resend;

    // The order in which a request is looked at:
    //   readable? - ACK - may it be answered? - well formed? - seen before? - CANCEL - of a dialog through
    //   us? - request_triage - REGISTER | authenticate, ask the host
    /// `cut`: what is wrong with the frame that it came in.
    void request(const MessageView& m, const Flow& flow, const std::optional<Fault>& cut, Now now);
    [[nodiscard]] bool passes_unknown(const Arrival& a) const;
    void acknowledge(const MessageView& ack, const Flow& flow, Now now);
    void cancel(const Arrival& a);
    void in_dialog(const Arrival& a, DialogRoute dialog);
    void triage(const Arrival& a);
    void registration(const Arrival& a);
    void route(const Arrival& a, const Target& target, bool exists);
    void follow_route(const Arrival& a, const std::string& user, std::vector<std::string> route);

    // Who asks, and may he?
    [[nodiscard]] bool admitted(const Arrival& a);
    [[nodiscard]] bool may_prove_himself(const Arrival& a) const;
    /// The user whose credentials the request carries; else it was answered. REQUIRES: the transaction is
    /// open.
    [[nodiscard]] std::optional<std::string> authenticate(const Arrival& a);
    [[nodiscard]] InboundVerdict judge(const Arrival& a, const Target& target, bool exists);
    /// The address of who answers a call of our user's, as far as it is proved; else empty.
    [[nodiscard]] std::string called_as(const Dialogs::Found& known, const Flow& flow) const;
    [[nodiscard]] InboundVerdict judge_news(const Arrival& a, const DialogRoute& dialog) const;
    void turn_away(const Arrival& a, const InboundVerdict& verdict);

    // What leaves.
    [[nodiscard]] bool open(const Arrival& a);
    void answer_stateless(const Arrival& a, const Answer& answer);
    void answer_no_dialog(const Arrival& a);
    void finish(const Arrival& a, const Answer& answer, Resend resend);
    void report_changes();

    const EdgeConfig config_;
    Users& users_;
    EdgeHost& host_;
    Output& output_;
    OwnHosts own_;
    DomainProofs proofs_;
    AnswerGate gate_;
    Authenticator authenticator_;
    Responder responder_;
    Registrar registrar_;
    Dialogs dialogs_;
    RequestForwarder forwarder_;
    DialogKeeper keeper_;
    MovedDoors moved_;
    LastWords last_words_;
    EdgeCounters counters_;
    const Time made_;  // restored users are reported at once
};

}  // namespace sip
