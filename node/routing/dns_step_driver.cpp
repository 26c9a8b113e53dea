// node/routing/dns_step_driver.cpp - looks up, then asks whether anybody is there.
#include "node/routing/dns_step_driver.hpp"

#include <sodium/randombytes.h>

#include <algorithm>

#include "node/addresses.hpp"
#include "node/dns/dns_driver.hpp"
#include "node/dns/home_networks.hpp"
#include "node/dns/naptr.hpp"
#include "node/probe/probe_driver.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

class RealDnsStep : public DnsStep {
public:
    RealDnsStep(asio::io_context& loop, DnsDriverConfig config, bool probe, DnsAddressJudge judge)
        : judge_(std::move(judge)),
          unsigned_domains_(config.servers.unsigned_domains),
          dns_(loop, std::move(config), [](std::uint32_t bound) { return randombytes_uniform(bound + 1); }) {
        if (probe) probe_ = std::make_unique<ProbeDriver>(loop);
    }

    void ask(const StepQuestion& target, StepDone done) override {
        const auto& transport = target.dialled.transport;
        if (transport && !named_transport(*transport)) return done(unknown_transport(target));
        dns_.locate(dns_question_of(target), [this, target, done = std::move(done)](const DnsAnswer& answer) {
            check(target, answer, done);
        });
    }
    void lookup(const std::string& domain, std::function<void(KeyBinding)> done) override {
        dns_.lookup(domain, std::move(done));
    }
    void locate(const DnsQuestion& question, std::function<void(DnsAnswer)> done) override {
        (void)dns_.locate(question, std::move(done));
    }
    [[nodiscard]] DnssecStatus status() const override {
        DnssecStatus status{std::string(name(dns_.state())), {}};
        if (!dns_.trouble().empty()) status.trouble = dns_.trouble();
        return status;
    }

private:
    /// Of the addresses that are found for this name: no other is called, and none is asked whether anybody
    /// is there.
    [[nodiscard]] AddressJudge judge_for(const StepQuestion& target) const {
        const bool own = is_of_own_network(sip::lowercase(target.dialled.host), unsigned_domains_);
        return [this, own](const overlay::TransportAddress& address) { return judge_(address, own); };
    }

    /// Is anybody there, and which key answers? Only for what the step would give anyway.
    void check(const StepQuestion& target, const DnsAnswer& answer, const StepDone& done) {
        const AddressJudge judge = judge_for(target);
        const StepAnswer step = judge_dns_answer(answer, target, judge);
        const bool probe = probe_ && step.verdict == Verdict::found && !target.dialled.host.empty();
        if (!probe) return done(step);
        std::vector<DnsTarget> targets;
        std::copy_if(answer.targets.begin(), answer.targets.end(), std::back_inserter(targets),
                     [&judge](const DnsTarget& found) {
                         return judge({to_overlay(found.transport), found.address, found.port}).empty();
                     });
        probe_->check(
            target.dialled.host, std::move(targets), target.fresh,
            [this, target, answer, done, refused = step.refused_contacts](const CheckedTargets& checked) {
                DnsAnswer ordered = answer;
                ordered.targets = checked.targets;
                StepAnswer judged = judge_dns_answer(ordered, target, judge_for(target));
                judged.refused_contacts = refused;
                judged.edge_key = checked.key;
                if (!checked.sentence.empty()) judged.sentence += " " + checked.sentence;
                done(judged);
            });
    }

    DnsAddressJudge judge_;
    const std::vector<std::string> unsigned_domains_;
    DnsDriver dns_;
    std::unique_ptr<ProbeDriver> probe_;
};

}  // namespace

std::unique_ptr<DnsStep> make_dns_step(asio::io_context& loop, const Config& config, DnsAddressJudge judge) {
    DnsDriverConfig dns;
    dns.servers.forward = config.dns.servers;
    dns.servers.unsigned_domains = config.dns.unsigned_domains;
    dns.rules.dnssec = config.dns.dnssec;
    // The first question shall get its answer within the deadline, also where the check gets none.
    dns.rules.check_patience = std::min(dns.rules.check_patience, config.dns.deadline / 3);
    dns.trust_anchor = config.dns.trust_anchor;
    dns.locator.deadline = config.dns.deadline;
    return std::make_unique<RealDnsStep>(loop, std::move(dns), config.dns.probe, std::move(judge));
}

}  // namespace node
