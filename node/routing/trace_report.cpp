// node/routing/trace_report.cpp - the account out of a trace, and as text.
#include "node/routing/trace_report.hpp"

#include <fmt/format.h>

#include "crypto/name.hpp"
#include "sip/syntax/builder.hpp"

namespace node {
namespace {

std::int64_t unix_seconds(std::chrono::sys_seconds time) {
    return time.time_since_epoch().count();
}

ValueReport report_of(const overlay::ValueVerdict& value, std::chrono::sys_seconds now) {
    ValueReport report;
    report.location = value.location;
    report.verified = !value.refused;
    if (value.refused) report.refused = value.refused.message();
    if (value.expires != 0) {
        report.slot = value.slot;
        report.seq = value.seq;
        report.expires_in_s = static_cast<std::int64_t>(value.expires) - unix_seconds(now);
    }
    report.info_hash = value.info_hash;
    if (value.issued_at != 0) report.age_s = unix_seconds(now) - static_cast<std::int64_t>(value.issued_at);
    report.certified_writer = value.certified;
    report.tombstone = value.tombstone;
    return report;
}

StepReport report_of(const StepAnswer& step, std::chrono::sys_seconds now) {
    StepReport report;
    report.step = step.step;
    report.verdict = name(step.verdict);
    report.sentence = step.sentence;
    report.elapsed_ms = step.elapsed.count();
    report.secure = step.secure;
    for (const auto& note : step.dns)
        report.dns.push_back({note.question, note.answer, note.security});
    for (const auto& each : step.delegations)
        report.delegations.push_back({crypto::encode_name(each.from), crypto::encode_name(each.to)});
    if (step.edge_key) report.edge_key = crypto::encode_name(*step.edge_key);
    for (const auto& asked : step.locations) {
        report.locations.push_back(
            {asked.location, asked.info_hash, asked.period, asked.values, asked.answered, asked.tombstone});
    }
    for (const auto& value : step.values)
        report.values.push_back(report_of(value, now));
    report.refused_contacts = step.refused_contacts;
    return report;
}

BindingReport report_of(const TrustEntry& entry, std::chrono::sys_seconds now) {
    BindingReport report;
    report.name = entry.name;
    report.key = crypto::encode_name(entry.key);
    report.source = name(entry.source);
    report.shown_as = shown_as(entry.source);
    report.first_seen = unix_seconds(entry.first_seen);
    report.last_seen = unix_seconds(entry.last_seen);
    report.age_s = (now - entry.last_seen).count();
    if (entry.new_key) {
        report.new_key = crypto::encode_name(*entry.new_key);
        report.new_source = name(entry.new_source);
    }
    return report;
}

}  // namespace

TraceReport report_of(const Trace& trace, std::chrono::sys_seconds now) {
    const auto& answer = trace.answer;
    TraceReport report;
    report.uri = trace.uri;
    report.status = answer.status;
    report.reason = answer.reason.empty() ? std::string(sip::default_reason(answer.status)) : answer.reason;
    report.warning = answer.warning;
    if (answer.retry_after) report.retry_after_s = answer.retry_after->count();
    for (const auto& step : trace.steps) {
        if (step.verified_by) report.verified_by = crypto::encode_name(*step.verified_by);
        report.revoked = report.revoked || step.revoked;
        report.steps.push_back(report_of(step, now));
    }
    if (trace.binding) report.binding = report_of(*trace.binding, now);
    for (const auto& contact : answer.contacts) {
        const bool relayed = contact.hop && !contact.hop->peer.through.empty();
        report.contacts.push_back(
            {contact.uri, contact.q, relayed ? sip::to_string(contact.hop->endpoint) : std::string()});
    }
    report.elapsed_ms = trace.elapsed.count();
    return report;
}

// ---- as sentences

namespace {

std::string location_line(const LocationReport& asked) {
    return fmt::format("    asked {} {} of {} {}: {} value(s){}\n        {}\n",
                       asked.tombstone ? "for a revocation, location" : "location", asked.location,
                       asked.tombstone ? "epoch" : "day", asked.period, asked.values,
                       asked.answered ? "" : ", nobody answered", asked.info_hash);
}

std::string value_line(const ValueReport& value) {
    std::string line = fmt::format("    {}location {}: {}", value.tombstone ? "revocation, " : "",
                                   value.location, value.verified ? "verified" : "refused, " + value.refused);
    if (value.slot && value.seq && value.expires_in_s) {
        line +=
            fmt::format("; slot {}, seq {}, expires in {} s", *value.slot, *value.seq, *value.expires_in_s);
    }
    if (value.age_s) line += fmt::format(", signed {} s ago", *value.age_s);
    if (value.certified_writer) line += ", by a node that the owner has certified";
    return line + "\n";
}

std::string step_text(const StepReport& step) {
    std::string text = fmt::format("{:<8} {} ({} ms)\n", step.step, step.sentence, step.elapsed_ms);
    for (const auto& note : step.dns) {
        text += "    " + (note.question.empty() ? "" : note.question + ": ") + note.answer;
        const bool told = !note.security.empty() && note.security != "insecure";
        text += told ? " (DNSSEC: " + note.security + ")\n" : "\n";
    }
    for (const auto& asked : step.locations)
        text += location_line(asked);
    for (const auto& value : step.values)
        text += value_line(value);
    for (const auto& each : step.delegations)
        text += "    delegated by " + each.from + "\n              to " + each.to + "\n";
    if (!step.edge_key.empty()) text += "    the host there proves the key " + step.edge_key + "\n";
    for (const auto& contact : step.refused_contacts)
        text += "    not used: " + contact + "\n";
    return text;
}

}  // namespace

std::string steps_text(const TraceReport& report) {
    std::string text;
    for (const auto& step : report.steps)
        text += step_text(step);
    return text;
}

std::string trace_text(const TraceReport& report) {
    std::string text = report.uri + "\n" + steps_text(report);
    if (report.verified_by) text += "Signed by the key " + *report.verified_by + "\n";
    text += fmt::format("A caller gets {} {}", report.status, report.reason);
    if (!report.warning.empty()) text += " (" + report.warning + ")";
    text += "\n";
    for (const auto& contact : report.contacts)
        text += fmt::format("  {}  q={:.3f}{}\n", contact.uri, contact.q,
                            contact.through.empty() ? "" : "  through the node at " + contact.through);
    return text;
}

}  // namespace node
