// node/dht_resolver.cpp - the overlay's answer as a step of the chain.
#include "node/dht_resolver.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace node {
namespace {

// The overlay remembers for a while that there was nothing; asking sooner would get the same answer.
constexpr auto ask_again = std::chrono::seconds(30);

std::string count_of_values(const std::vector<overlay::ValueVerdict>& values) {
    const auto refused =
        std::count_if(values.begin(), values.end(), [](const auto& value) { return bool(value.refused); });
    if (values.empty()) return "no value was there";
    return fmt::format("{} value(s) met, {} refused", values.size(), refused);
}

void judge_record(StepAnswer& step, const overlay::InnerRecord& record, const Target& target,
                  const AddressJudge& judge) {
    if (record.kind == overlay::Kind::tombstone) {
        step.verdict = Verdict::refused;
        step.answer.status = 410;
        step.says = "The owner has given this name up.";
        return;
    }
    if (record.kind == overlay::Kind::delegation) {
        step.answer.status = 480;
        step.answer.warning = "the record delegates to another key, which this version does not follow";
        step.says =
            "A verified record delegates this name to another key; this version does not follow delegations.";
        return;
    }
    auto composed = compose_contacts(record, target.label, target.flow, judge);
    step.refused_contacts = std::move(composed.refused);
    step.answer.contacts = std::move(composed.contacts);
    if (!step.answer.contacts.empty()) {
        step.verdict = Verdict::found;
        step.answer.status = 302;
        step.says = fmt::format("A verified record gives {} contact(s).", step.answer.contacts.size());
        return;
    }
    step.answer.status = 480;
    step.answer.retry_after = ask_again;
    step.says = step.refused_contacts.empty()
                    ? "A verified record says that no phone is registered now."
                    : "A verified record has no usable contact: no address in it may be called from here.";
    if (!step.refused_contacts.empty()) step.answer.warning = "no usable contact in the record";
}

}  // namespace

StepAnswer judge_dht_answer(overlay::ResolveAnswer answer, const Target& target, const AddressJudge& judge) {
    StepAnswer step;
    step.step = "dht";
    step.values = std::move(answer.values);
    step.elapsed = answer.elapsed;
    switch (answer.outcome) {
        case overlay::Outcome::found:
            if (!answer.record) break;
            step.verified_by = target.key;
            judge_record(step, *answer.record, target, judge);
            if (answer.from_cache) step.says += " (remembered)";
            return step;
        case overlay::Outcome::none: break;
        case overlay::Outcome::not_joined:
            step.verdict = Verdict::failed;
            step.answer.status = 504;
            step.says = "This node is not in the DHT: it knows no other node.";
            return step;
        case overlay::Outcome::deadline:
            step.verdict = Verdict::failed;
            step.answer.status = 504;
            step.says = "The DHT did not answer in time (" + count_of_values(step.values) + ").";
            return step;
    }
    step.answer.status = 480;
    step.answer.retry_after = ask_again;
    step.says = "The DHT holds no usable record for this name (" + count_of_values(step.values) + ").";
    return step;
}

void DhtResolver::resolve(const Target& target, StepDone done) {
    if (target.label.empty()) {
        StepAnswer step;
        step.step = "dht";
        step.verdict = Verdict::refused;
        step.answer.status = 404;
        step.says = "This user part can be nobody's: 1 to 63 letters, digits and . _ + - are allowed.";
        return done(std::move(step));
    }
    overlay::ResolveRequest request;
    request.owner = *target.key;
    request.label = target.label;
    request.skip_cache = target.fresh;
    ask_(std::move(request), [target, done = std::move(done), judge = judge_](overlay::ResolveAnswer answer) {
        done(judge_dht_answer(std::move(answer), target, judge));
    });
}

}  // namespace node
