// node/cli/explain.cpp - a trace in plain sentences.
#include "node/cli/explain.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <map>

#include "node/routing/trace.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

std::string day(std::int64_t unix_seconds) {
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

std::string ago(std::int64_t seconds) {
    if (seconds < 60) return "just now";
    if (seconds < 2 * 3600) return fmt::format("{} minutes ago", seconds / 60);
    if (seconds < 2 * 86400) return fmt::format("{} hours ago", seconds / 3600);
    return fmt::format("{} days ago", seconds / 86400);
}

/// How a key came to be bound, after "because ".
std::string because(const std::string& source) {
    if (source == "pin") return "you, or your configuration, said so";
    if (source == "dnssec") return "its owner says so in DNS, proven by DNSSEC";
    if (source == "authority") return "the zone's key delegates the name to it";
    return "the host that DNS led to proved it on the first call, which nobody vouches for";
}

const Json* step_named(const Json& trace, const char* name) {
    const Json* last = nullptr;
    for (const auto& step : trace.at("steps")) {
        if (step.value("step", "") == name) last = &step;
    }
    return last;
}

std::string changed_key(const Json& trace) {
    const Json& binding = trace.at("binding");
    const std::string name = binding.value("name", "");
    return fmt::format(
        "The key of {} has changed: it was {} ({}, since {}), and now {} is said to be its key, because {}. "
        "Until you decide, nobody is called. If {}'s owner confirms the new key: `hedgewitch trust accept "
        "{}`; "
        "if not: `hedgewitch trust reject {}`.\n",
        name, binding.value("key", ""), binding.value("shown_as", ""), day(binding.value("first_seen", 0L)),
        binding.value("new_key", ""), because(binding.value("new_source", "")), name, name, name);
}

/// Why there was no contact: what the last step that was asked says, or the warning that a phone gets too.
std::string why(const Json& trace) {
    std::string says = trace.value("warning", "");
    for (const auto& step : trace.at("steps")) {
        if (step.value("verdict", "") != "found" && !step.value("says", "").empty())
            says = step.value("says", "");
    }
    if (says.empty()) return {};
    if (says.back() != '.' && says.back() != '?') says += '.';
    return says + "\n";
}

std::string verdict(const Json& trace) {
    const std::string uri = trace.value("uri", "");
    const int status = trace.value("status", 0);
    const Json& contacts = trace.at("contacts");
    if (status == 302 && !contacts.empty()) {
        std::string text = fmt::format("A call to {} goes to {}", uri, contacts[0].value("uri", ""));
        if (contacts.size() > 1) text += fmt::format(", and {} more to try after it", contacts.size() - 1);
        return text + ".\n";
    }
    std::string text = fmt::format("A call to {} ends with {} {}. ", uri, status, trace.value("reason", ""));
    if (trace.at("binding").is_object() && trace["binding"].contains("new_key"))
        return text + changed_key(trace);
    return text + why(trace);
}

std::string trust(const Json& trace) {
    std::string text;
    const Json& binding = trace.at("binding");
    if (binding.is_object() && !binding.contains("new_key")) {
        text +=
            fmt::format("{} is bound to the key {} ({}), because {}; last confirmed {}.\n",
                        binding.value("name", ""), binding.value("key", ""), binding.value("shown_as", ""),
                        because(binding.value("source", "")), ago(binding.value("age_s", std::int64_t{0})));
    }
    if (trace.at("verified_by").is_string())
        text += "The record was signed by the key " + trace["verified_by"].get<std::string>() + ".\n";
    const Json* dns = step_named(trace, "dns");
    const bool from_dns =
        dns != nullptr && dns->value("verdict", "") == "found" && !trace["verified_by"].is_string();
    if (from_dns && trace.value("status", 0) == 302) {
        text += dns->value("secure", false)
                    ? "The addresses come from DNS, and DNSSEC proves every step.\n"
                    : "The addresses come from DNS, which anybody on the way could have changed.\n";
    }
    return text;
}

/// "2 value(s) refused: older than one seen before."
std::string refusals(const Json& trace) {
    std::map<std::string, int> by_reason;
    for (const auto& step : trace.at("steps")) {
        for (const auto& value : step.value("values", Json::array())) {
            if (value.contains("refused")) ++by_reason[value.value("refused", "")];
        }
    }
    std::string text;
    for (const auto& [reason, count] : by_reason)
        text += fmt::format("{} value{} of the DHT {} refused: {}.\n", count, count == 1 ? "" : "s",
                            count == 1 ? "was" : "were", reason);
    for (const auto& step : trace.at("steps")) {
        for (const auto& contact : step.value("refused_contacts", Json::array()))
            text += "Not called: " + contact.get<std::string>() + ".\n";
    }
    return text;
}

}  // namespace

std::string explanation(const Json& trace) {
    std::string text = verdict(trace) + trust(trace) + refusals(trace);
    for (const auto& phone : trace.value("delivery", Json::array()))
        text += phone.value("phone", "") + ": " + phone.value("says", "") + "\n";
    return text + "\nWhat was asked:\n" + steps_text(trace);
}

}  // namespace node
