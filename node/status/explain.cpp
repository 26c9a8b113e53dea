// node/status/explain.cpp - a trace in plain sentences.
#include "node/status/explain.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace node {
namespace {

std::string day(std::int64_t unix_seconds) {
    return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

std::string ago(std::int64_t seconds) {
    constexpr std::int64_t minute = 60, hour = 60 * minute, whole_day = 24 * hour;
    if (seconds < minute) return "just now";
    if (seconds < 2 * hour) return fmt::format("{} minutes ago", seconds / minute);
    if (seconds < 2 * whole_day) return fmt::format("{} hours ago", seconds / hour);
    return fmt::format("{} days ago", seconds / whole_day);
}

constexpr std::string_view superseded_value = "older than one seen before";  // overlay::Errc::rolled_back

/// How a key came to be bound, after "because ".
std::string because(const std::string& source) {
    if (source == "pin") return "you, or your configuration, said so";
    if (source == "dnssec") return "its owner says so in DNS, proven by DNSSEC";
    if (source == "authority") return "the zone's key delegates the name to it";
    return "the host that DNS led to proved it on the first call, which nobody vouches for";
}

/// The last one of that name.
const StepReport* step_named(const TraceReport& trace, std::string_view name) {
    const auto found = std::find_if(trace.steps.rbegin(), trace.steps.rend(),
                                    [name](const StepReport& step) { return step.step == name; });
    return found == trace.steps.rend() ? nullptr : &*found;
}

bool is_changed(const std::optional<BindingReport>& binding) {
    return binding && !binding->new_key.empty();
}

std::string changed_key(const BindingReport& binding) {
    return fmt::format(
        "The key of {0} has changed: it was {1} ({2}, since {3}), and now {4} is said to be its key, because "
        "{5}. Until you decide, nobody is called. If {0}'s owner confirms the new key: `hedgewitch trust "
        "accept {0}`; if not: `hedgewitch trust reject {0}`.\n",
        binding.name, binding.key, binding.shown_as, day(binding.first_seen), binding.new_key,
        because(binding.new_source));
}

/// Why there was no contact: what the last step that was asked says, or the warning that a phone gets
/// too.
std::string why(const TraceReport& trace) {
    std::string sentence = trace.warning;
    for (const auto& step : trace.steps) {
        if (step.verdict != "found" && !step.sentence.empty()) sentence = step.sentence;
    }
    if (sentence.empty()) return {};
    if (sentence.back() != '.' && sentence.back() != '?') sentence += '.';
    return sentence + "\n";
}

std::string verdict(const TraceReport& trace) {
    if (!trace.goes.empty()) return trace.goes + "\n";
    if (trace.status == 302 && !trace.contacts.empty()) {
        const auto& first = trace.contacts.front();
        std::string text = first.through.empty()
                               ? fmt::format("A call to {} goes to {}", trace.uri, first.uri)
                               : fmt::format(
                                     "A call to {} goes through the node at {}, which passes it on: "
                                     "nobody can call the other node itself",
                                     trace.uri, first.through);
        if (trace.contacts.size() > 1)
            text += fmt::format(", and {} more to try after it", trace.contacts.size() - 1);
        return text + ".\n";
    }
    const std::string text =
        fmt::format("A call to {} ends with {} {}. ", trace.uri, trace.status, trace.reason);
    return text + (is_changed(trace.binding) ? changed_key(*trace.binding) : why(trace));
}

std::string trust(const TraceReport& trace) {
    std::string text;
    if (trace.binding && !is_changed(trace.binding)) {
        const BindingReport& binding = *trace.binding;
        text += fmt::format("{} is bound to the key {} ({}), because {}; last confirmed {}.\n", binding.name,
                            binding.key, binding.shown_as, because(binding.source), ago(binding.age_s));
    }
    if (trace.verified_by) text += "The record was signed by the key " + *trace.verified_by + ".\n";
    const StepReport* dns = step_named(trace, "dns");
    const bool from_dns = dns != nullptr && dns->verdict == "found" && !trace.verified_by;
    if (from_dns && trace.status == 302) {
        text += dns->secure ? "The addresses come from DNS, and DNSSEC proves every step.\n"
                            : "The addresses come from DNS, which anybody on the way could have changed.\n";
    }
    return text;
}

/// "2 values of the DHT were refused: they have a bad signature." Not of those that are merely older than
/// the newest: each change leaves some behind.
std::string refusals(const TraceReport& trace) {
    std::map<std::string, int> by_reason;
    for (const auto& step : trace.steps) {
        for (const auto& value : step.values) {
            const bool superseded = trace.verified_by && value.refused == superseded_value;
            if (!value.refused.empty() && !superseded) ++by_reason[value.refused];
        }
    }
    std::string text;
    for (const auto& [reason, count] : by_reason)
        text += fmt::format("{} value{} of the DHT {} refused: {}.\n", count, count == 1 ? "" : "s",
                            count == 1 ? "was" : "were", reason);
    for (const auto& step : trace.steps) {
        for (const auto& contact : step.refused_contacts)
            text += "Not called: " + contact + ".\n";
    }
    return text;
}

}  // namespace

std::string explained(const TraceReport& trace) {
    std::string text = verdict(trace) + trust(trace) + refusals(trace);
    for (const auto& phone : trace.delivery.value_or(std::vector<DeliveryReport>{}))
        text += phone.phone + ": " + phone.sentence + "\n";
    return text;
}

std::string explanation(const TraceReport& trace) {
    return explained(trace) + "\nWhat was asked:\n" + steps_text(trace);
}

}  // namespace node
