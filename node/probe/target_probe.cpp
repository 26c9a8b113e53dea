// node/probe/target_probe.cpp - who is asked, when it is over, and what it then means.
#include "node/probe/target_probe.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <utility>

#include "node/probe/options_attempt.hpp"

namespace node {
namespace {

constexpr std::size_t buffer_size = 65536;  // a datagram is never larger

}  // namespace

class EdgeProbe::Probe {
public:
    Probe(EdgeProbe& owner, Ticket ticket, std::string domain, std::vector<DnsTarget> targets,
          std::chrono::milliseconds deadline, const EdgeChallenge& challenge, Done done)
        : owner_(owner),
          ticket_(ticket),
          domain_(std::move(domain)),
          targets_(std::move(targets)),
          challenge_(challenge),
          done_(std::move(done)),
          began_(std::chrono::steady_clock::now()),
          order_(usable(targets_), began_ + deadline),
          attempts_(targets_.size()),
          proofs_(targets_.size()),
          timer_(owner.loop_) {}

    /// May end the probe: not from inside probe().
    void advance() {
        if (!alive_) return;
        const auto now = std::chrono::steady_clock::now();
        while (const auto next = order_.begin_next(now))
            begin(*next);
        if (order_.decided(now)) return finish(now);
        timer_.expires_at(order_.next_wake(now));
        timer_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& cancelled) {
            if (!cancelled && !alive.expired()) advance();
        });
    }

    void close() {
        alive_.reset();
        timer_.cancel();
        for (const auto& attempt : attempts_) {
            if (attempt) attempt->close();
        }
    }

private:
    static std::vector<bool> usable(const std::vector<DnsTarget>& targets) {
        std::vector<bool> all;
        all.reserve(targets.size());
        for (const DnsTarget& target : targets)
            all.push_back(all.size() < max_targets && target.port != 0 && can_ask(target.transport));
        return all;
    }

    void begin(std::size_t i) {
        EdgeAttemptTerms terms;
        terms.domain = domain_;
        terms.challenge = challenge_text(challenge_, at(i));
        terms.buffer = owner_.buffer_;
        terms.on_reply = [this, i](const EdgeReply& reply) { on_reply(i, reply); };
        terms.on_end = [this, i](TargetState state) { end(i, state); };
        terms.on_stray = [this] { ++owner_.counters_.responses_ignored; };
        attempts_[i] = make_edge_attempt(owner_.loop_, targets_[i], std::move(terms));
        attempts_[i]->start();
    }

    void on_reply(std::size_t i, const EdgeReply& reply) {
        if (reply.status < 200) {
            order_.heard(i);
            return advance();
        }
        attempts_[i]->close();
        proofs_[i] = reply.proof;
        end(i, reply.status == 503 ? TargetState::unavailable : TargetState::answered);
    }

    void end(std::size_t i, TargetState state) {
        order_.ended(i, state);
        advance();
    }

    void finish(std::chrono::steady_clock::time_point now) {
        close();
        ProbeResult result;
        result.targets = order_.states(now);
        result.first = order_.winner();
        result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_);
        if (result.first) judge_proof(proofs_[*result.first], at(*result.first), result);
        const auto done = std::move(done_);
        owner_.retire(ticket_);
        done(result);
    }

    [[nodiscard]] sip::Endpoint at(std::size_t i) const { return {targets_[i].address, targets_[i].port}; }

    void judge_proof(const std::string& proof, const sip::Endpoint& at, ProbeResult& result) {
        if (proof.empty()) return;
        const auto key = check_proof(proof, domain_, challenge_, at);
        if (key) {
            ++owner_.counters_.proved;
            result.key = *key;
        } else {
            ++owner_.counters_.proofs_refused;
            result.remark =
                "It names a key, but does not prove that it holds it: " + key.error().message() + ".";
        }
    }

    EdgeProbe& owner_;
    const Ticket ticket_;
    const std::string domain_;
    const std::vector<DnsTarget> targets_;
    const EdgeChallenge challenge_;
    Done done_;
    const std::chrono::steady_clock::time_point began_;
    Failover order_;
    std::vector<std::unique_ptr<EdgeAttempt>> attempts_;  // one for each target; empty: not begun
    std::vector<std::string> proofs_;
    asio::steady_timer timer_;
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

EdgeProbe::EdgeProbe(asio::io_context& loop) : loop_(loop), buffer_(buffer_size) {}

EdgeProbe::~EdgeProbe() {
    for (const auto& [ticket, probe] : probes_) {
        if (probe) probe->close();
    }
}

EdgeProbe::Ticket EdgeProbe::probe(const std::string& domain, std::vector<DnsTarget> targets,
                                   std::chrono::milliseconds deadline, const EdgeChallenge& challenge,
                                   Done done) {
    const Ticket ticket = ++last_ticket_;
    if (probes_.size() >= max_probes) {
        ++counters_.turned_away;
        ProbeResult result;
        result.targets.assign(targets.size(), TargetState::unknown);
        result.remark = "Nobody was asked: too many are being asked already.";
        probes_[ticket] = nullptr;  // an empty place, so that cancel() works on it too
        asio::post(loop_, [this, alive = std::weak_ptr(alive_), ticket, result, done = std::move(done)] {
            if (!alive.expired() && probes_.erase(ticket) > 0) done(result);
        });
        return ticket;
    }
    ++counters_.probes;
    auto probe = std::make_shared<Probe>(*this, ticket, domain, std::move(targets), deadline, challenge,
                                         std::move(done));
    probes_.emplace(ticket, probe);
    asio::post(loop_, [alive = std::weak_ptr(alive_), weak = std::weak_ptr(probe)] {
        const auto self = weak.lock();
        if (self && !alive.expired()) self->advance();
    });
    return ticket;
}

/// A probe ends inside a callback of its own attempts: it is freed next turn.
void EdgeProbe::retire(Ticket ticket) {
    auto node = probes_.extract(ticket);
    asio::post(loop_, [ended = std::move(node.mapped())]() mutable { ended.reset(); });
}

void EdgeProbe::cancel(Ticket ticket) {
    const auto found = probes_.find(ticket);
    if (found == probes_.end()) return;
    if (found->second) found->second->close();
    retire(ticket);
}

}  // namespace node
