// node/probe/target_probe.cpp - who is asked, and what the answers mean.
#include "node/probe/target_probe.hpp"

#include <utility>

namespace node {
namespace {

std::vector<bool> usable(const std::vector<DnsTarget>& targets) {
    std::vector<bool> all;
    all.reserve(targets.size());
    for (const DnsTarget& target : targets) {
        all.push_back(all.size() < TargetProbe::max_targets && target.port != 0 && can_ask(target.transport));
    }
    return all;
}

}  // namespace

TargetProbe::TargetProbe(std::string domain, std::vector<DnsTarget> targets, const EdgeChallenge& challenge,
                         Time now, std::chrono::milliseconds deadline)
    : domain_(std::move(domain)),
      targets_(std::move(targets)),
      challenge_(challenge),
      began_(now),
      order_(usable(targets_), now + deadline),
      proofs_(targets_.size()) {}

OptionsAsk TargetProbe::ask_of(std::size_t target) const {
    OptionsAsk ask;
    ask.transport = targets_[target].transport;
    ask.to = at(target);
    ask.uri = sip_uri_of(domain_);
    ask.field = challenge_header;
    ask.value = challenge_text(challenge_, at(target));
    ask.answer_field = key_header;
    return ask;
}

bool TargetProbe::replied(std::size_t target, const OptionsReply& reply) {
    if (reply.status < 200) {
        order_.heard(target);
        return false;
    }
    proofs_[target] = reply.field;
    order_.ended(target, reply.status == 503 ? TargetState::unavailable : TargetState::answered);
    return true;
}

ProbeResult TargetProbe::result(Time now) const {
    ProbeResult result;
    result.targets = order_.states(now);
    result.first = order_.winner();
    result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_);
    if (!result.first || proofs_[*result.first].empty()) return result;
    const auto key = check_proof(proofs_[*result.first], domain_, challenge_, at(*result.first));
    if (key) {
        result.key = *key;
    } else {
        result.remark = "It names a key, but does not prove that it holds it: " + key.error().message() + ".";
    }
    return result;
}

}  // namespace node
