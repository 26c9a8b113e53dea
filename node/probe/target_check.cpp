// node/probe/target_check.cpp - health and memory put together.
#include "node/probe/target_check.hpp"

#include <algorithm>

namespace node {
namespace {

/// Why the order is not DNS's; empty when it is.
std::string about_order(const std::vector<DnsTarget>& given, const std::vector<DnsTarget>& ordered) {
    if (given.empty() || given.front() == ordered.front()) return {};
    return given.front().host + " did not answer lately and comes last; " + ordered.front().host +
           " comes first.";
}

std::string about_probe(const ProbeResult& result) {
    std::string sentence;
    if (!result.first) sentence = "No server answered when asked whether it is there.";
    if (!result.remark.empty()) sentence += (sentence.empty() ? "" : " ") + result.remark;
    return sentence;
}

bool same_set(std::vector<DnsTarget> a, std::vector<DnsTarget> b) {
    const auto less = [](const DnsTarget& x, const DnsTarget& y) {
        return std::tie(x.transport, x.address, x.port) < std::tie(y.transport, y.address, y.port);
    };
    std::sort(a.begin(), a.end(), less);
    std::sort(b.begin(), b.end(), less);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](const auto& x, const auto& y) { return !less(x, y) && !less(y, x); });
}

}  // namespace

TargetCheck::Begun TargetCheck::begin(const std::string& domain, std::vector<DnsTarget> targets, bool fresh,
                                      Time now) const {
    Begun begun{domain, targets, std::move(targets), {}};
    health_.reorder(begun.ordered, now);
    const Known* known = fresh ? nullptr : known_.find(domain);
    // The same targets in any order: weights draw another one each time.
    if (known != nullptr && known->until > now && same_set(known->targets, begun.ordered))
        begun.known = {begun.ordered, known->key, about_order(begun.given, begun.ordered)};
    return begun;
}

CheckedTargets TargetCheck::learn(const Begun& begun, const ProbeResult& result, Time now) {
    for (std::size_t i = 0; i < result.targets.size() && i < begun.ordered.size(); ++i) {
        const auto target = TargetHealth::key_of(begun.ordered[i]);
        if (is_failure(result.targets[i])) health_.failed(target, now);
        if (result.targets[i] == TargetState::answered) health_.answered(target);
    }
    const auto holds =
        result.first ? std::chrono::seconds(answer_holds) : std::chrono::seconds(silence_holds);
    known_.put(begun.domain, {begun.ordered, result.key, now + holds});
    CheckedTargets checked{begun.ordered, result.key, {}};
    health_.reorder(checked.targets, now);
    const std::string order = about_order(begun.given, checked.targets);
    const std::string probe = about_probe(result);
    checked.sentence = order + (order.empty() || probe.empty() ? "" : " ") + probe;
    return checked;
}

}  // namespace node
