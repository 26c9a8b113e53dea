// sip/edge/domain_proofs.cpp - who may have a proof, and how many there are.
#include "sip/edge/domain_proofs.hpp"

#include <algorithm>

namespace sip {

void HostProofs::add(const MessageView& request, const Target& target, Answer& answer, Time now) {
    if (!own_.has_domain(target.dialled.host)) return;
    const auto challenge = request.header(challenge_header);
    if (!challenge) return;
    const std::chrono::duration<double> passed = now - filled_;
    tokens_ = std::min(per_second, tokens_ + std::max(0.0, passed.count()) * per_second);
    filled_ = now;
    if (tokens_ < 1) {
        ++withheld_;
        return;
    }
    std::string_view host = target.dialled.host;
    if (host.ends_with('.')) host.remove_suffix(1);
    auto fields = host_.prove(host, *challenge);
    if (fields.empty()) return;
    tokens_ -= 1;
    ++given_;
    for (auto& field : fields)
        answer.fields.push_back(std::move(field));
}

}  // namespace sip
