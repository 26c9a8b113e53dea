// node/routing/step.hpp - one step of the routing chain, and the account it gives of itself.
// SIP loop only: asked there, answers there.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/identity.hpp"
#include "overlay/overlay.hpp"
#include "sip/edge/route.hpp"

namespace node {

/// Whom to find, and for whom.
struct StepQuestion {
    sip::DialledUri dialled;
    std::string label;                     // its user's canonical form; empty when it has none
    std::optional<crypto::PublicKey> key;  // which must have signed: of the name, or bound to the domain
    std::vector<std::uint8_t> secret;      // of an invite: needed to find an unlisted record. Never shown
    std::string caller;                    // label of our user who calls, and does not hide it; else empty
    sip::TicketCalls calls;                // what a ticket of his is tied to
    sip::Flow flow;                        // of the caller: contacts that it can use come first
    bool fresh = false;                    // ask the network, not a cache
    bool again = false;                    // the same, in a hurry: what was found lately led nowhere
};

enum class Verdict : std::uint8_t {
    found,    // answer holds the contacts
    missing,  // asked, and there is nothing
    failed,   // could not be asked, or not in time
    refused,  // the answer is final, and an error
};
std::string_view name(Verdict v) noexcept;

struct DnsNote {
    std::string question;  // "SRV _sip._udp.example.org"
    std::string answer;    // "0 0 5060 sip.example.org", "NXDOMAIN", "SERVFAIL", "no answer"
    std::string security;  // "secure", "insecure" or "bogus" (DNSSEC); empty: there was no answer
};

/// `from`'s record says that `to` speaks for the label.
struct DelegationNote {
    crypto::PublicKey from{}, to{};
};

/// What one step found, for the next step and for the person who asks why.
struct StepAnswer {
    std::string step;  // "local", "contacts", "dns", "binding", "dht", "clock", "address"
    Verdict verdict = Verdict::missing;
    sip::RouteAnswer answer;   // complete when found or refused; what a chain that ends here says otherwise
    std::string sentence;      // for a person
    std::vector<DnsNote> dns;  // each question asked
    bool secure = false;  // dns: DNSSEC vouches for every contact given, from the domain down to the address
    std::vector<overlay::AskedLocation> locations;  // each DHT location asked
    std::vector<overlay::ValueVerdict> values;      // each DHT value met
    std::vector<std::string> refused_contacts;      // verified, but may not be called; with the reason
    std::optional<crypto::PublicKey> verified_by;
    std::vector<DelegationNote> delegations;    // followed on the way, in order
    std::optional<crypto::PublicKey> edge_key;  // dns: who answers there proved this key for the domain
    bool by_owner = true;  // dht: signed by the key itself, not only by nodes that it has certified
    bool revoked = false;  // dht: the key itself was given up, for all its names
    std::chrono::milliseconds elapsed{0};
};
/// Tells in the account what was decided without asking anybody.
[[nodiscard]] StepAnswer remark(const char* step, std::string sentence);
using StepDone = std::function<void(StepAnswer)>;

/// One that the chain may ask: local, DNS, DHT.
class Step {
public:
    virtual ~Step() = default;
    /// Calls `done` exactly once, on the SIP loop, perhaps before returning; not after this is gone.
    virtual void ask(const StepQuestion& question, StepDone done) = 0;
};

}  // namespace node
