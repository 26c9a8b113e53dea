// node/routing/trace_report.hpp - the account of one lookup as a person is told it: of a Trace, as JSON for
// `lookup --json`, back from JSON (a command gets it from the node), and as text. No secret of an invite is
// in it. Times are seconds left and ages; keys are written as names. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "node/routing/trace.hpp"

namespace node {

/// What a field is called in JSON stands behind it; what is empty, false or {} is left out there, unless the
/// note says otherwise.
struct ContactReport {
    std::string uri;      // "uri"
    double q = 1.0;       // "q", always
    std::string through;  // "through": the relay's address, of one whom nobody can call
};

struct BindingReport {
    std::string name, key;            // "name", "key"
    std::string source, shown_as;     // "source", "shown_as"
    std::int64_t first_seen = 0;      // "first_seen", always: Unix time
    std::int64_t last_seen = 0;       // "last_seen", always: Unix time
    std::int64_t age_s = 0;           // "age_s", always
    std::string new_key, new_source;  // "new_key", "new_source": they wait for the person
};

struct QuestionReport {
    std::string question, answer;  // "question", "answer", always
    std::string security;          // "security"
};

struct LocationReport {
    unsigned location = 0;     // "location", always
    std::string info_hash;     // "info_hash", always
    std::uint32_t period = 0;  // "period", always
    std::size_t values = 0;    // "values", always
    bool answered = false;     // "answered", always
    bool tombstone = false;    // "tombstone"
};

struct ValueReport {
    struct Block {
        unsigned slot = 0;              // "slot"
        unsigned seq = 0;               // "seq"
        std::int64_t expires_in_s = 0;  // "expires_in_s"
    };
    unsigned location = 0;              // "location", always
    std::string refused;                // "refused": why; without one there is "verified": true
    std::optional<Block> block;         // when it could be parsed
    std::string info_hash;              // "info_hash"
    std::optional<std::int64_t> age_s;  // "age_s"
    bool certified_writer = false;      // "certified_writer"
    bool tombstone = false;             // "tombstone"
};

struct DelegationReport {
    std::string from, to;  // "from", "to"
};

struct StepReport {
    std::string step, verdict, sentence;        // "step", "verdict", "says", always
    std::int64_t elapsed_ms = 0;                // "elapsed_ms", always
    bool secure = false;                        // "secure"
    std::vector<QuestionReport> dns;            // "dns"
    std::vector<DelegationReport> delegations;  // "delegations"
    std::string edge_key;                       // "edge_key"
    std::vector<LocationReport> locations;      // "locations"
    std::vector<ValueReport> values;            // "values"
    std::vector<std::string> refused_contacts;  // "refused_contacts"
};

/// What one phone makes of the answer.
struct DeliveryReport {
    std::string phone, sentence;  // "phone", "says"
};

struct TraceReport {
    std::string uri;                            // "uri"
    int status = 0;                             // "status"
    std::string reason;                         // "reason", always: the RFC's, where there is no other
    std::string warning;                        // "warning"
    std::optional<std::int64_t> retry_after_s;  // "retry_after_s"
    std::optional<std::string> verified_by;     // "verified_by", or null
    bool revoked = false;                       // "revoked", always
    std::optional<BindingReport> binding;       // "binding", or null
    std::vector<ContactReport> contacts;        // "contacts", always
    std::int64_t elapsed_ms = 0;                // "elapsed_ms", always
    std::vector<StepReport> steps;              // "steps", always
    // Of `explain` alone:
    std::string goes;  // "goes": a sentence, when the call goes on: which way it takes, from here and now
    std::optional<std::vector<DeliveryReport>> delivery;  // "delivery"
};

[[nodiscard]] TraceReport report_of(const Trace& trace, std::chrono::sys_seconds now);

void to_json(nlohmann::ordered_json& json, const TraceReport& report);
/// Throws nlohmann::json::exception when `json` is no such account.
void from_json(const nlohmann::ordered_json& json, TraceReport& report);

/// Each step and what it was told, a paragraph each.
[[nodiscard]] std::string steps_text(const TraceReport& report);
/// The whole account for people.
[[nodiscard]] std::string trace_text(const TraceReport& report);

}  // namespace node
