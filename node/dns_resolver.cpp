// node/dns_resolver.cpp - the locator's answer as a step of the chain.
#include "node/dns_resolver.hpp"

#include <fmt/format.h>
#include <sodium/randombytes.h>

#include <algorithm>

#include "node/addresses.hpp"
#include "node/dns_locator.hpp"

namespace node {
namespace {

DnsQuestion question_of(const Target& target) {
    DnsQuestion question{target.host, target.port, std::nullopt, target.sips};
    for (const auto transport : {sip::Transport::udp, sip::Transport::tcp, sip::Transport::tls}) {
        if (target.transport == sip::uri_value(transport)) question.transport = transport;
    }
    return question;
}

void add_contacts(StepAnswer& step, const DnsAnswer& answer, const Target& target,
                  const AddressJudge& judge) {
    for (const auto& found : answer.targets) {
        const overlay::TransportAddress address{to_overlay(found.transport), found.address, found.port};
        if (const std::string reason = judge(address); !reason.empty()) {
            step.refused_contacts.push_back(to_text(address) + ": " + reason);
        } else if (step.answer.contacts.size() < max_contacts) {
            // In RFC 3263's order, which q repeats for phones that read it.
            const double q = 1.0 - 0.1 * static_cast<double>(step.answer.contacts.size());
            step.answer.contacts.push_back({contact_uri(target.user, address), q});
        }
    }
}

StepAnswer judge_dns_answer(const DnsAnswer& answer, const Target& target, const AddressJudge& judge) {
    StepAnswer step;
    step.step = "dns";
    step.answer.status = 480;
    for (const auto& asked : answer.trace) {
        step.dns.push_back({asked.question, asked.result,
                            asked.answered ? std::string(name(asked.security)) : std::string()});
        step.elapsed = std::max(step.elapsed, asked.elapsed);
    }
    switch (answer.outcome) {
        case DnsOutcome::found: break;
        case DnsOutcome::missing: step.says = "DNS knows no SIP server for " + target.host + "."; return step;
        case DnsOutcome::failed:
            step.verdict = Verdict::failed;
            step.says = "DNS failed for " + target.host + ".";
            return step;
        case DnsOutcome::timeout:
            step.verdict = Verdict::failed;
            step.says = "DNS did not answer in time for " + target.host + ".";
            return step;
    }
    add_contacts(step, answer, target, judge);
    if (!step.answer.contacts.empty()) {
        step.verdict = Verdict::found;
        step.answer.status = 302;
        step.says = fmt::format("DNS gives {} contact(s), unauthenticated.", step.answer.contacts.size());
        return step;
    }
    step.verdict = Verdict::refused;
    step.answer.warning =
        target.host + " leads to this node, which is not told that the domain is its own (sip.domains)";
    step.says = "DNS leads back to this node, which does not answer for " + target.host + " (sip.domains).";
    return step;
}

class DnsStepResolver : public Resolver {
public:
    DnsStepResolver(asio::io_context& loop, DnsLocatorConfig config, AddressJudge judge)
        : judge_(std::move(judge)), locator_(loop, std::move(config), [](std::uint32_t bound) {
              return randombytes_uniform(bound + 1);
          }) {}

    void resolve(const Target& target, StepDone done) override {
        locator_.locate(question_of(target), [this, target, done = std::move(done)](const DnsAnswer& answer) {
            done(judge_dns_answer(answer, target, judge_));
        });
    }

private:
    AddressJudge judge_;
    DnsLocator locator_;
};

}  // namespace

std::unique_ptr<Resolver> make_dns_resolver(asio::io_context& loop, const Config& config,
                                            AddressJudge judge) {
    DnsLocatorConfig locator;
    locator.servers.forward = config.dns_servers;
    locator.deadline = config.dns_deadline;
    return std::make_unique<DnsStepResolver>(loop, std::move(locator), std::move(judge));
}

}  // namespace node
