// node/probe/probe_driver.cpp - a client for each target that is asked, a timer for each probe.
#include "node/probe/probe_driver.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <utility>

#include "crypto/identity.hpp"
#include "node/probe/options_client_driver.hpp"

namespace node {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t buffer_size = 65536;  // a datagram is never larger

}  // namespace

class ProbeDriver::Running {
public:
    Running(ProbeDriver& owner, QuestionId id, TargetProbe probe, Done done)
        : owner_(owner),
          id_(id),
          probe_(std::move(probe)),
          done_(std::move(done)),
          asked_(probe_.size()),
          timer_(owner.loop_) {}

    /// May end the probe: not from inside probe().
    void advance() {
        if (alive_.ended()) return;
        const auto now = Clock::now();
        while (const auto next = probe_.begin_next(now))
            asked_[*next] = std::make_unique<Asked>(*this, *next);
        if (probe_.decided(now)) return finish(now);
        timer_.expires_at(probe_.next_wake(now));
        timer_.async_wait(alive_.guard([this](const std::error_code& cancelled) {
            if (!cancelled) advance();
        }));
    }

    void close() {
        alive_.end();
        timer_.cancel();
        for (const auto& asked : asked_) {
            if (asked) asked->client->close();
        }
    }

private:
    /// One target that is asked.
    struct Asked : OptionsClient::Listener {
        Asked(Running& running, std::size_t target)
            : running_(running),
              target_(target),
              client(make_options_client(
                  running.owner_.loop_, {running.probe_.ask_of(target), running.owner_.buffer_, {}}, *this)) {
            client->start();
        }
        void on_reply(const OptionsReply& reply) override {
            if (running_.probe_.replied(target_, reply)) client->close();
            running_.advance();
        }
        void on_end(TargetState state) override {
            running_.probe_.ended(target_, state);
            running_.advance();
        }
        void on_stray() override { ++running_.owner_.counters_.responses_ignored; }

        Running& running_;
        const std::size_t target_;
        const std::unique_ptr<OptionsClient> client;
    };

    void finish(Clock::time_point now) {
        close();
        const ProbeResult result = probe_.result(now);
        if (result.key) ++owner_.counters_.proved;
        if (!result.remark.empty()) ++owner_.counters_.proofs_refused;
        const auto done = std::move(done_);
        owner_.retire(id_);
        done(result);
    }

    ProbeDriver& owner_;
    const QuestionId id_;
    TargetProbe probe_;
    Done done_;
    std::vector<std::unique_ptr<Asked>> asked_;  // one for each target; empty: not begun
    asio::steady_timer timer_;
    sip::Alive alive_;
};

ProbeDriver::ProbeDriver(asio::io_context& loop) : loop_(loop), buffer_(buffer_size) {}

ProbeDriver::~ProbeDriver() {
    for (const auto& [id, running] : probes_) {
        if (running) running->close();
    }
}

QuestionId ProbeDriver::probe(const std::string& domain, std::vector<DnsTarget> targets,
                              std::chrono::milliseconds deadline, const EdgeChallenge& challenge, Done done) {
    const QuestionId id = ++last_id_;
    if (probes_.size() >= max_probes) {
        ++counters_.turned_away;
        ProbeResult result;
        result.targets.assign(targets.size(), TargetState::unknown);
        result.remark = "Nobody was asked: too many are being asked already.";
        probes_[id] = nullptr;  // an empty place, so that cancel() works on it too
        asio::post(loop_, alive_.guard([this, id, result, done = std::move(done)] {
            if (probes_.erase(id) > 0) done(result);
        }));
        return id;
    }
    ++counters_.probes;
    auto running = std::make_shared<Running>(
        *this, id, TargetProbe(domain, std::move(targets), challenge, Clock::now(), deadline),
        std::move(done));
    probes_.emplace(id, running);
    asio::post(loop_, alive_.guard([weak = std::weak_ptr(running)] {
        if (const auto self = weak.lock()) self->advance();
    }));
    return id;
}

void ProbeDriver::check(const std::string& domain, std::vector<DnsTarget> targets, bool fresh,
                        std::function<void(const CheckedTargets&)> done) {
    auto begun = check_.begin(domain, std::move(targets), fresh, Clock::now());
    if (begun.known) return done(*begun.known);
    EdgeChallenge challenge{};
    crypto::random_bytes(challenge);
    auto ordered = begun.ordered;
    probe(domain, std::move(ordered), TargetCheck::patience, challenge,
          [this, begun = std::move(begun), done = std::move(done)](const ProbeResult& result) {
              done(check_.learn(begun, result, Clock::now()));
          });
}

/// A probe ends inside a callback of its own clients: it is freed next turn.
void ProbeDriver::retire(QuestionId id) {
    auto node = probes_.extract(id);
    asio::post(loop_, [ended = std::move(node.mapped())]() mutable { ended.reset(); });
}

void ProbeDriver::cancel(QuestionId id) {
    const auto found = probes_.find(id);
    if (found == probes_.end()) return;
    if (found->second) found->second->close();
    retire(id);
}

}  // namespace node
