// sip/edge/domain_proofs.cpp - who may have a proof, and how many there are.
#include "sip/edge/domain_proofs.hpp"

namespace sip {

void HostProofs::add(const MessageView& request, const Target& target, Answer& answer, Time now) {
    if (!prove_ || !own_.has_domain(target.host)) return;
    const auto challenge = request.header(challenge_header);
    if (!challenge) return;
    if (!bucket_.has(1, now)) {
        ++withheld_;
        return;
    }
    std::string_view host = target.host;
    if (host.ends_with('.')) host.remove_suffix(1);
    Fields fields = prove_(host, *challenge);
    if (fields.empty()) return;
    (void)bucket_.take(1, now);
    ++given_;
    for (auto& field : fields)
        answer.fields.push_back(std::move(field));
}

}  // namespace sip
