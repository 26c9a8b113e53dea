// node/routing/trace_report.cpp - the account out of a trace, into JSON and back, and as text.
#include "node/routing/trace_report.hpp"

#include <fmt/format.h>

#include "crypto/name.hpp"
#include "sip/syntax/builder.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t unix_seconds(std::chrono::sys_seconds time) {
    return time.time_since_epoch().count();
}

ValueReport report_of(const overlay::ValueVerdict& value, std::chrono::sys_seconds now) {
    ValueReport report;
    report.location = value.location;
    if (value.refused) report.refused = value.refused.message();
    if (value.expires != 0) {
        report.block = {value.slot, value.seq, static_cast<std::int64_t>(value.expires) - unix_seconds(now)};
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

// Beside each other: what is written, and how it is read. A field that is not there keeps its default.

template <typename T>
void read(const Json& json, const char* key, T& field) {
    if (const auto found = json.find(key); found != json.end() && !found->is_null()) found->get_to(field);
}
template <typename T>
void read(const Json& json, const char* key, std::optional<T>& field) {
    if (const auto found = json.find(key); found != json.end() && !found->is_null()) field = found->get<T>();
}

}  // namespace

void to_json(Json& json, const ContactReport& contact) {
    json = {{"uri", contact.uri}, {"q", contact.q}};
    if (!contact.through.empty()) json["through"] = contact.through;
}
void from_json(const Json& json, ContactReport& contact) {
    read(json, "uri", contact.uri);
    read(json, "q", contact.q);
    read(json, "through", contact.through);
}

void to_json(Json& json, const BindingReport& binding) {
    json = {{"name", binding.name},
            {"key", binding.key},
            {"source", binding.source},
            {"shown_as", binding.shown_as},
            {"first_seen", binding.first_seen},
            {"last_seen", binding.last_seen},
            {"age_s", binding.age_s}};
    if (binding.new_key.empty()) return;
    json["new_key"] = binding.new_key;
    json["new_source"] = binding.new_source;
}
void from_json(const Json& json, BindingReport& binding) {
    read(json, "name", binding.name);
    read(json, "key", binding.key);
    read(json, "source", binding.source);
    read(json, "shown_as", binding.shown_as);
    read(json, "first_seen", binding.first_seen);
    read(json, "last_seen", binding.last_seen);
    read(json, "age_s", binding.age_s);
    read(json, "new_key", binding.new_key);
    read(json, "new_source", binding.new_source);
}

void to_json(Json& json, const QuestionReport& asked) {
    json = {{"question", asked.question}, {"answer", asked.answer}};
    if (!asked.security.empty()) json["security"] = asked.security;
}
void from_json(const Json& json, QuestionReport& asked) {
    read(json, "question", asked.question);
    read(json, "answer", asked.answer);
    read(json, "security", asked.security);
}

void to_json(Json& json, const LocationReport& asked) {
    json = {{"location", asked.location},
            {"info_hash", asked.info_hash},
            {"period", asked.period},
            {"values", asked.values},
            {"answered", asked.answered}};
    if (asked.tombstone) json["tombstone"] = true;
}
void from_json(const Json& json, LocationReport& asked) {
    read(json, "location", asked.location);
    read(json, "info_hash", asked.info_hash);
    read(json, "period", asked.period);
    read(json, "values", asked.values);
    read(json, "answered", asked.answered);
    read(json, "tombstone", asked.tombstone);
}

void to_json(Json& json, const ValueReport& value) {
    json = {{"location", value.location}};
    if (value.refused.empty()) {
        json["verified"] = true;
    } else {
        json["refused"] = value.refused;
    }
    if (value.block) {
        json["slot"] = value.block->slot;
        json["seq"] = value.block->seq;
        json["expires_in_s"] = value.block->expires_in_s;
    }
    if (!value.info_hash.empty()) json["info_hash"] = value.info_hash;
    if (value.age_s) json["age_s"] = *value.age_s;
    if (value.certified_writer) json["certified_writer"] = true;
    if (value.tombstone) json["tombstone"] = true;
}
void from_json(const Json& json, ValueReport& value) {
    read(json, "location", value.location);
    read(json, "refused", value.refused);
    if (json.contains("seq")) {
        ValueReport::Block& block = value.block.emplace(ValueReport::Block{});
        read(json, "slot", block.slot);
        read(json, "seq", block.seq);
        read(json, "expires_in_s", block.expires_in_s);
    }
    read(json, "info_hash", value.info_hash);
    read(json, "age_s", value.age_s);
    read(json, "certified_writer", value.certified_writer);
    read(json, "tombstone", value.tombstone);
}

void to_json(Json& json, const DelegationReport& delegation) {
    json = {{"from", delegation.from}, {"to", delegation.to}};
}
void from_json(const Json& json, DelegationReport& delegation) {
    read(json, "from", delegation.from);
    read(json, "to", delegation.to);
}

void to_json(Json& json, const StepReport& step) {
    json = {{"step", step.step},
            {"verdict", step.verdict},
            {"says", step.sentence},
            {"elapsed_ms", step.elapsed_ms}};
    if (step.secure) json["secure"] = true;
    if (!step.dns.empty()) json["dns"] = step.dns;
    if (!step.delegations.empty()) json["delegations"] = step.delegations;
    if (!step.edge_key.empty()) json["edge_key"] = step.edge_key;
    if (!step.locations.empty()) json["locations"] = step.locations;
    if (!step.values.empty()) json["values"] = step.values;
    if (!step.refused_contacts.empty()) json["refused_contacts"] = step.refused_contacts;
}
void from_json(const Json& json, StepReport& step) {
    read(json, "step", step.step);
    read(json, "verdict", step.verdict);
    read(json, "says", step.sentence);
    read(json, "elapsed_ms", step.elapsed_ms);
    read(json, "secure", step.secure);
    read(json, "dns", step.dns);
    read(json, "delegations", step.delegations);
    read(json, "edge_key", step.edge_key);
    read(json, "locations", step.locations);
    read(json, "values", step.values);
    read(json, "refused_contacts", step.refused_contacts);
}

void to_json(Json& json, const DeliveryReport& delivery) {
    json = {{"phone", delivery.phone}, {"says", delivery.sentence}};
}
void from_json(const Json& json, DeliveryReport& delivery) {
    read(json, "phone", delivery.phone);
    read(json, "says", delivery.sentence);
}

void to_json(Json& json, const TraceReport& report) {
    json = {{"uri", report.uri}, {"status", report.status}, {"reason", report.reason}};
    if (!report.warning.empty()) json["warning"] = report.warning;
    if (report.retry_after_s) json["retry_after_s"] = *report.retry_after_s;
    json["verified_by"] = nullptr;
    if (report.verified_by) json["verified_by"] = *report.verified_by;
    json["revoked"] = report.revoked;
    json["binding"] = nullptr;
    if (report.binding) json["binding"] = *report.binding;
    json["contacts"] = report.contacts;
    json["elapsed_ms"] = report.elapsed_ms;
    json["steps"] = report.steps;
    if (!report.goes.empty()) json["goes"] = report.goes;
    if (report.delivery) json["delivery"] = *report.delivery;
}
void from_json(const Json& json, TraceReport& report) {
    json.at("uri").get_to(report.uri);
    json.at("status").get_to(report.status);
    read(json, "reason", report.reason);
    read(json, "warning", report.warning);
    read(json, "retry_after_s", report.retry_after_s);
    read(json, "verified_by", report.verified_by);
    read(json, "revoked", report.revoked);
    read(json, "binding", report.binding);
    read(json, "contacts", report.contacts);
    read(json, "elapsed_ms", report.elapsed_ms);
    json.at("steps").get_to(report.steps);
    read(json, "goes", report.goes);
    read(json, "delivery", report.delivery);
}

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
    std::string line =
        fmt::format("    {}location {}: {}", value.tombstone ? "revocation, " : "", value.location,
                    value.refused.empty() ? "verified" : "refused, " + value.refused);
    if (value.block) {
        line += fmt::format("; slot {}, seq {}, expires in {} s", value.block->slot, value.block->seq,
                            value.block->expires_in_s);
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
