// sip/edge/authenticator.hpp - which user of ours a request is from: whom it claims to be from, and whose
// credentials it carries. Before a password is looked at the gate is asked (answer_gate.hpp), and hears what
// came of it; the host hears who could not log in, and why. Decides only; sends nothing.
// SIP loop only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "sip/answer.hpp"
#include "sip/auth/accounts.hpp"
#include "sip/auth/digest.hpp"
#include "sip/auth/digest_algorithms.hpp"
#include "sip/edge/answer_gate.hpp"
#include "sip/edge/edge_config.hpp"
#include "sip/edge/edge_host.hpp"
#include "sip/edge/own_hosts.hpp"
#include "sip/now.hpp"

namespace sip {

struct LoginCounters {
    std::uint64_t challenged = 0, credentials_refused = 0, replays_refused = 0;
};

class Authenticator {
public:
    /// Borrows all.
    Authenticator(const EdgeConfig& config, Users& users, const OwnHosts& own, AnswerGate& gate,
                  EdgeHost& host);

    struct Proven {
        std::string user;
    };
    struct Silence {};
    using Outcome = std::variant<Proven, Answer, Silence>;
    /// Whose credentials the request carries; else what answers it.
    [[nodiscard]] Outcome authenticate(const MessageView& request, const Flow& flow, Now now);

    /// The user that From claims to be, when it is at a host of ours (with any port: a look-alike is refused
    /// too). The inner optional is empty for a claim that is no label.
    [[nodiscard]] std::optional<std::optional<std::string>> claimed_user(const MessageView& request,
                                                                         const Flow& flow) const;

    [[nodiscard]] const LoginCounters& counters() const noexcept { return counters_; }

private:
    [[nodiscard]] Outcome unlooked(const MessageView& request, const Guess& guess, Now now);
    [[nodiscard]] Answer challenge(const MessageView& request, const Flow& flow, bool stale, bool tried,
                                   Now now);
    [[nodiscard]] Challenger challenger_of(const MessageView& request) const;

    const EdgeConfig& config_;
    Users& users_;
    const OwnHosts& own_;
    AnswerGate& gate_;
    EdgeHost& host_;
    Digest digest_;
    DigestAlgorithms offer_;
    LoginCounters counters_;
};

}  // namespace sip
