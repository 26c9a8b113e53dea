// sip/edge/request_triage.hpp - what to do with a request, as far as the request alone says (RFC 3261 §8.2,
// §16.3). Every answer given here is a pure function of the request, so that it needs no memory: a
// retransmission gets the same bytes (§8.2.7), and junk occupies no transaction. (The edge may add a proof to
// a 200 for OPTIONS, domain_proofs.hpp, which is one too, unless there are too many.)
#pragma once

#include <optional>
#include <string_view>

#include "sip/answer.hpp"
#include "sip/edge/request_target.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

inline constexpr std::string_view allowed_at_node = "REGISTER, OPTIONS, ACK, CANCEL";
inline constexpr std::string_view allowed_at_user =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, SUBSCRIBE, NOTIFY, REFER, PRACK, UPDATE, INFO";
/// Event packages that phones serve: to them alone a SUBSCRIBE for one of our users is passed on.
inline constexpr std::string_view events_of_phones = "presence, dialog, conference, refer";

struct Triage {
    enum class Kind { answer, registration, route } kind = Kind::answer;
    Answer answer;
};

/// Not for ACK and CANCEL. `user_exists`: target.label is one of our users. REQUIRES: check() found no fault.
[[nodiscard]] Triage triage_of(const MessageView& request, const Target& target, bool user_exists);

/// What stops a request that would be passed on (RFC 3261 §16.3): no hops left, or a Proxy-Require.
[[nodiscard]] std::optional<Answer> stopped(const MessageView& request);

/// 501 with Allow, for what is not a method to us.
[[nodiscard]] Answer method_unknown();

}  // namespace sip
