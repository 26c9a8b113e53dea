// node/routing/trace_report.hpp - the account of one lookup as a person is told it: of a Trace, as JSON for
// `lookup --json`, back from JSON (a command gets it from the node), and as text. No secret of an invite is
// in it. Times are seconds left and ages; keys are written as names. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/json_fields.hpp"
#include "node/routing/trace.hpp"

namespace node {

struct ContactReport {
    std::string uri;
    double q = 1.0;
    std::string through;  // the relay's address, of one whom nobody can call
    static void fields(auto& self, auto& field) {
        field("uri", self.uri);
        field("q", self.q);
        field.unless_empty("through", self.through);
    }
};

struct BindingReport {
    std::string name, key;
    std::string source, shown_as;
    std::int64_t first_seen = 0, last_seen = 0;  // Unix time
    std::int64_t age_s = 0;
    std::string new_key, new_source;  // they wait for the person
    static void fields(auto& self, auto& field) {
        field("name", self.name);
        field("key", self.key);
        field("source", self.source);
        field("shown_as", self.shown_as);
        field("first_seen", self.first_seen);
        field("last_seen", self.last_seen);
        field("age_s", self.age_s);
        field.unless_empty("new_key", self.new_key);
        field.unless_empty("new_source", self.new_source);
    }
};

struct QuestionReport {
    std::string question, answer;
    std::string security;
    static void fields(auto& self, auto& field) {
        field("question", self.question);
        field("answer", self.answer);
        field.unless_empty("security", self.security);
    }
};

struct LocationReport {
    unsigned location = 0;
    std::string info_hash;
    std::uint32_t period = 0;
    std::size_t values = 0;
    bool answered = false;
    bool tombstone = false;
    static void fields(auto& self, auto& field) {
        field("location", self.location);
        field("info_hash", self.info_hash);
        field("period", self.period);
        field("values", self.values);
        field("answered", self.answered);
        field.unless_empty("tombstone", self.tombstone);
    }
};

struct ValueReport {
    unsigned location = 0;
    bool verified = false;
    std::string refused;                // why, else
    std::optional<unsigned> slot, seq;  // these three: when it could be parsed
    std::optional<std::int64_t> expires_in_s;
    std::string info_hash;
    std::optional<std::int64_t> age_s;
    bool certified_writer = false;
    bool tombstone = false;
    static void fields(auto& self, auto& field) {
        field("location", self.location);
        field.unless_empty("verified", self.verified);
        field.unless_empty("refused", self.refused);
        field("slot", self.slot);
        field("seq", self.seq);
        field("expires_in_s", self.expires_in_s);
        field.unless_empty("info_hash", self.info_hash);
        field("age_s", self.age_s);
        field.unless_empty("certified_writer", self.certified_writer);
        field.unless_empty("tombstone", self.tombstone);
    }
};

struct DelegationReport {
    std::string from, to;
    static void fields(auto& self, auto& field) {
        field("from", self.from);
        field("to", self.to);
    }
};

struct StepReport {
    std::string step, verdict, sentence;
    std::int64_t elapsed_ms = 0;
    bool secure = false;
    std::vector<QuestionReport> dns;
    std::vector<DelegationReport> delegations;
    std::string edge_key;
    std::vector<LocationReport> locations;
    std::vector<ValueReport> values;
    std::vector<std::string> refused_contacts;
    static void fields(auto& self, auto& field) {
        field("step", self.step);
        field("verdict", self.verdict);
        field("says", self.sentence);
        field("elapsed_ms", self.elapsed_ms);
        field.unless_empty("secure", self.secure);
        field.unless_empty("dns", self.dns);
        field.unless_empty("delegations", self.delegations);
        field.unless_empty("edge_key", self.edge_key);
        field.unless_empty("locations", self.locations);
        field.unless_empty("values", self.values);
        field.unless_empty("refused_contacts", self.refused_contacts);
    }
};

/// What one phone makes of the answer.
struct DeliveryReport {
    std::string phone, sentence;
    static void fields(auto& self, auto& field) {
        field("phone", self.phone);
        field("says", self.sentence);
    }
};

struct TraceReport {
    std::string uri;
    int status = 0;
    std::string reason;  // the RFC's, where there is no other
    std::string warning;
    std::optional<std::int64_t> retry_after_s;
    std::optional<std::string> verified_by;
    bool revoked = false;
    std::optional<BindingReport> binding;
    std::vector<ContactReport> contacts;
    std::int64_t elapsed_ms = 0;
    std::vector<StepReport> steps;
    // Of `explain` alone:
    std::string goes;  // a sentence, when the call goes on: which way it takes, from here and now
    std::optional<std::vector<DeliveryReport>> delivery;
    static void fields(auto& self, auto& field) {
        field.needed("uri", self.uri);
        field.needed("status", self.status);
        field("reason", self.reason);
        field.unless_empty("warning", self.warning);
        field("retry_after_s", self.retry_after_s);
        field.or_null("verified_by", self.verified_by);
        field("revoked", self.revoked);
        field.or_null("binding", self.binding);
        field("contacts", self.contacts);
        field("elapsed_ms", self.elapsed_ms);
        field.needed("steps", self.steps);
        field.unless_empty("goes", self.goes);
        field("delivery", self.delivery);
    }
};

[[nodiscard]] TraceReport report_of(const Trace& trace, std::chrono::sys_seconds now);

/// Each step and what it was told, a paragraph each.
[[nodiscard]] std::string steps_text(const TraceReport& report);
/// The whole account for people.
[[nodiscard]] std::string trace_text(const TraceReport& report);

}  // namespace node
