// sip/edge/domain_proofs.cpp - who may have a proof, and how many there are.
#include "sip/edge/domain_proofs.hpp"

namespace sip {

void DomainProofs::add(const MessageView& request, const Target& target, Answer& answer, Time now) {
    if (!own_.has_domain(target.dialled.host)) return;
    const auto challenge = request.header(challenge_header);
    if (!challenge) return;
    if (!bucket_.has(1, now)) {
        ++withheld_;
        return;
    }
    std::string_view host = target.dialled.host;
    if (host.ends_with('.')) host.remove_suffix(1);
    auto fields = host_.prove(host, *challenge);
    if (fields.empty()) return;
    (void)bucket_.take(1, now);
    ++given_;
    for (auto& field : fields)
        answer.fields.push_back(std::move(field));
}

}  // namespace sip
