// node/routing/dns_step.hpp - the chain's DNS step: where a domain's SIP servers are (RFC 3263), and which
// key it names for itself. Both questions share the servers, the cache and what is known about DNSSEC.
#pragma once

#include "node/dns/key_binding_record.hpp"
#include "node/dns/sip_locator.hpp"
#include "node/json_fields.hpp"
#include "node/routing/record_contacts.hpp"
#include "node/routing/step.hpp"

namespace node {

/// "dns" of `hedgewitch status --json`.
struct DnssecStatus {
    std::string dnssec;                  // "off", "checking", "validating" or "unavailable"
    std::optional<std::string> trouble;  // a sentence
    static void fields(auto& self, auto& field) {
        field("dnssec", self.dnssec);
        field("trouble", self.trouble);
    }
};

class DnsStep : public Step, public KeyBindings {
public:
    [[nodiscard]] virtual DnssecStatus status() const = 0;
    /// Where a host is, whoever wants to know; calls `done` as the others do.
    virtual void locate(const DnsQuestion& question, std::function<void(DnsAnswer)> done) = 0;
};

// What a step that looks up has to know; pure.
/// In the order that suits the caller's phone.
[[nodiscard]] DnsQuestion dns_question_of(const StepQuestion& target);
/// `judge` says which of the addresses found may not be used.
[[nodiscard]] StepAnswer judge_dns_answer(const DnsAnswer& answer, const StepQuestion& target,
                                          const AddressJudge& judge);
/// Nobody here speaks the transport that was dialled.
[[nodiscard]] StepAnswer unknown_transport(const StepQuestion& target);

}  // namespace node
