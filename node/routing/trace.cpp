// node/routing/trace.cpp - a trace as JSON, and as sentences.
#include "node/routing/trace.hpp"

#include <fmt/format.h>

#include "crypto/name.hpp"
#include "sip/syntax/builder.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

Json value_json(const overlay::ValueVerdict& value, std::chrono::sys_seconds now) {
    Json json{{"location", value.location}};
    if (value.refused) {
        json["refused"] = value.refused.message();
    } else {
        json["verified"] = true;
    }
    if (value.expires != 0) {
        json["slot"] = value.slot;
        json["seq"] = value.seq;
        json["expires_in_s"] = static_cast<std::int64_t>(value.expires) - now.time_since_epoch().count();
    }
    if (!value.info_hash.empty()) json["info_hash"] = value.info_hash;
    if (value.issued_at != 0)
        json["age_s"] = now.time_since_epoch().count() - static_cast<std::int64_t>(value.issued_at);
    if (value.certified) json["certified_writer"] = true;
    if (value.tombstone) json["tombstone"] = true;
    return json;
}

Json location_json(const overlay::AskedLocation& asked) {
    Json json{{"location", asked.location},
              {"info_hash", asked.info_hash},
              {"period", asked.period},
              {"values", asked.values},
              {"answered", asked.answered}};
    if (asked.tombstone) json["tombstone"] = true;
    return json;
}

Json step_json(const StepAnswer& step, std::chrono::sys_seconds now) {
    Json json{{"step", step.step},
              {"verdict", name(step.verdict)},
              {"says", step.says},
              {"elapsed_ms", step.elapsed.count()}};
    if (step.secure) json["secure"] = true;
    for (const auto& note : step.dns) {
        Json line{{"question", note.question}, {"answer", note.answer}};
        if (!note.security.empty()) line["security"] = note.security;
        json["dns"].push_back(std::move(line));
    }
    for (const auto& each : step.delegations) {
        json["delegations"].push_back(
            {{"from", crypto::encode_name(each.from)}, {"to", crypto::encode_name(each.to)}});
    }
    if (step.edge_key) json["edge_key"] = crypto::encode_name(*step.edge_key);
    for (const auto& location : step.locations)
        json["locations"].push_back(location_json(location));
    for (const auto& value : step.values)
        json["values"].push_back(value_json(value, now));
    for (const auto& contact : step.refused_contacts)
        json["refused_contacts"].push_back(contact);
    return json;
}

std::string location_line(const Json& asked) {
    return fmt::format("    asked {} {} of {} {}: {} value(s){}\n",
                       asked.value("tombstone", false) ? "for a revocation, location" : "location",
                       asked.value("location", 0), asked.value("tombstone", false) ? "epoch" : "day",
                       asked.value("period", 0U), asked.value("values", 0U),
                       asked.value("answered", false) ? "" : ", nobody answered") +
           "        " + asked.value("info_hash", "") + "\n";
}

std::string value_line(const Json& value) {
    std::string line =
        fmt::format("    {}location {}: ", value.value("tombstone", false) ? "revocation, " : "",
                    value.value("location", 0));
    line += value.contains("refused") ? "refused, " + value.value("refused", "") : std::string("verified");
    if (value.contains("seq")) {
        line += fmt::format("; slot {}, seq {}, expires in {} s", value.value("slot", 0),
                            value.value("seq", 0), value.value("expires_in_s", std::int64_t{0}));
    }
    if (value.contains("age_s"))
        line += fmt::format(", signed {} s ago", value.value("age_s", std::int64_t{0}));
    if (value.value("certified_writer", false)) line += ", by a node that the owner has certified";
    return line + "\n";
}

std::string step_text(const Json& step) {
    std::string text = fmt::format("{:<8} {} ({} ms)\n", step.value("step", ""), step.value("says", ""),
                                   step.value("elapsed_ms", 0));
    for (const auto& note : step.value("dns", Json::array())) {
        const std::string question = note.value("question", "");  // empty: why nothing was asked
        text += "    " + (question.empty() ? "" : question + ": ") + note.value("answer", "");
        const std::string security = note.value("security", "");
        text += security.empty() || security == "insecure" ? "\n" : " (DNSSEC: " + security + ")\n";
    }
    for (const auto& asked : step.value("locations", Json::array()))
        text += location_line(asked);
    for (const auto& value : step.value("values", Json::array()))
        text += value_line(value);
    for (const auto& each : step.value("delegations", Json::array()))
        text += "    delegated by " + each.value("from", "") + "\n              to " + each.value("to", "") +
                "\n";
    if (step.contains("edge_key"))
        text += "    the host there proves the key " + step.value("edge_key", "") + "\n";
    for (const auto& contact : step.value("refused_contacts", Json::array()))
        text += "    not used: " + contact.get<std::string>() + "\n";
    return text;
}

Json binding_json(const TrustEntry& entry, std::chrono::sys_seconds now) {
    Json json{{"name", entry.name},
              {"key", crypto::encode_name(entry.key)},
              {"source", name(entry.source)},
              {"shown_as", shown_as(entry.source)},
              {"first_seen", entry.first_seen.time_since_epoch().count()},
              {"last_seen", entry.last_seen.time_since_epoch().count()},
              {"age_s", (now - entry.last_seen).count()}};
    if (!entry.new_key) return json;
    json["new_key"] = crypto::encode_name(*entry.new_key);
    json["new_source"] = name(entry.new_source);
    return json;
}

}  // namespace

std::string_view name(Verdict v) noexcept {
    switch (v) {
        case Verdict::found: return "found";
        case Verdict::missing: return "missing";
        case Verdict::failed: return "failed";
        case Verdict::refused: return "refused";
    }
    return "";
}

Json to_json(const Trace& trace, std::chrono::sys_seconds now) {
    const auto& answer = trace.answer;
    Json json{{"uri", trace.uri}, {"status", answer.status}};
    json["reason"] = answer.reason.empty() ? std::string(sip::default_reason(answer.status)) : answer.reason;
    if (!answer.warning.empty()) json["warning"] = answer.warning;
    if (answer.retry_after) json["retry_after_s"] = answer.retry_after->count();
    json["verified_by"] = nullptr;
    json["revoked"] = false;
    for (const auto& step : trace.steps) {
        if (step.verified_by) json["verified_by"] = crypto::encode_name(*step.verified_by);
        if (step.revoked) json["revoked"] = true;
    }
    json["binding"] = nullptr;
    if (trace.binding) json["binding"] = binding_json(*trace.binding, now);
    json["contacts"] = Json::array();
    for (const auto& contact : answer.contacts)
        json["contacts"].push_back({{"uri", contact.uri}, {"q", contact.q}});
    json["elapsed_ms"] = trace.elapsed.count();
    json["steps"] = Json::array();
    for (const auto& step : trace.steps)
        json["steps"].push_back(step_json(step, now));
    return json;
}

std::string steps_text(const Json& trace) {
    std::string text;
    for (const auto& step : trace.at("steps"))
        text += step_text(step);
    return text;
}

std::string trace_text(const Json& trace) {
    std::string text = trace.value("uri", "") + "\n" + steps_text(trace);
    if (trace.at("verified_by").is_string())
        text += "Signed by the key " + trace["verified_by"].get<std::string>() + "\n";
    text += fmt::format("A caller gets {} {}", trace.value("status", 0), trace.value("reason", ""));
    if (trace.contains("warning")) text += " (" + trace["warning"].get<std::string>() + ")";
    text += "\n";
    for (const auto& contact : trace.at("contacts")) {
        text += fmt::format("  {}  q={:.3f}\n", contact.value("uri", ""), contact.value("q", 1.0));
    }
    return text;
}

}  // namespace node
