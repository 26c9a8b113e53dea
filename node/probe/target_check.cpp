// node/probe/target_check.cpp - probe, health and memory put together.
#include "node/probe/target_check.hpp"

#include <algorithm>

#include "crypto/name.hpp"

namespace node {
namespace {

/// Why the order is not DNS's; empty when it is.
std::string about_order(const std::vector<DnsTarget>& given, const std::vector<DnsTarget>& ordered) {
    if (given.empty() || given.front() == ordered.front()) return {};
    return given.front().host + " did not answer lately and comes last; " + ordered.front().host +
           " comes first.";
}

std::string about_probe(const ProbeResult& result) {
    std::string says;
    if (!result.first) says = "No server answered when asked whether it is there.";
    if (!result.remark.empty()) says += (says.empty() ? "" : " ") + result.remark;
    return says;
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

void EdgeCheck::check(const std::string& domain, std::vector<DnsTarget> targets, bool fresh, Done done) {
    const Time now = std::chrono::steady_clock::now();
    const auto given = targets;
    health_.reorder(targets, now);
    const auto known = known_.find(domain);
    // The same targets in any order: weights draw another one each time.
    if (!fresh && known != known_.end() && known->second.until > now &&
        same_set(known->second.targets, targets)) {
        std::string says = about_order(given, targets);
        return done({std::move(targets), known->second.key, std::move(says)});
    }
    EdgeChallenge challenge{};
    crypto::random_bytes(challenge);
    probe_.probe(domain, targets, patience, challenge,
                 [this, domain, given, targets, done = std::move(done)](const ProbeResult& result) {
                     learn(domain, targets, result);
                     Result answer{targets, result.key, {}};
                     health_.reorder(answer.targets, std::chrono::steady_clock::now());
                     const std::string order = about_order(given, answer.targets);
                     const std::string probe = about_probe(result);
                     answer.says = order + (order.empty() || probe.empty() ? "" : " ") + probe;
                     done(answer);
                 });
}

void EdgeCheck::learn(const std::string& domain, const std::vector<DnsTarget>& targets,
                      const ProbeResult& result) {
    const Time now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < result.targets.size() && i < targets.size(); ++i) {
        const auto target = TargetHealth::key_of(targets[i]);
        if (is_failure(result.targets[i])) health_.failed(target, now);
        if (result.targets[i] == TargetState::answered) health_.answered(target);
    }
    const auto holds =
        result.first ? std::chrono::seconds(answer_holds) : std::chrono::seconds(silence_holds);
    remember(domain, {targets, result.key, now + holds, {}});
}

void EdgeCheck::remember(const std::string& domain, Known known) {
    if (const auto old = known_.find(domain); old != known_.end()) {
        by_use_.erase(old->second.place);
        known_.erase(old);
    } else if (known_.size() >= max_remembered) {
        known_.erase(by_use_.back());
        by_use_.pop_back();
    }
    by_use_.push_front(domain);
    known.place = by_use_.begin();
    known_.emplace(domain, std::move(known));
}

}  // namespace node
