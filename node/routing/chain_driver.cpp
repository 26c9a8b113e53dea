// node/routing/chain_driver.cpp - the pump: questions out, answers in, until nothing is left to do now.
#include "node/routing/chain_driver.hpp"

#include <cassert>
#include <utility>

#include "node/clock.hpp"

namespace node {

ChainDriver::ChainDriver(asio::io_context& loop, Chain& chain, Steps steps)
    : chain_(chain), steps_(steps), timer_(loop, [this] {
          chain_.on_time(now());
          pump();
      }) {}

ChainDriver::~ChainDriver() = default;

void ChainDriver::route(const sip::RouteQuestion& question, RouteDone done) {
    const auto id = chain_.route(question, now());
    waiting_.emplace(id, [done = std::move(done)](Trace trace) { done(std::move(trace.answer)); });
    pump();
}

void ChainDriver::lookup(const std::string& uri, const sip::Flow& flow, LookupDone done) {
    waiting_.emplace(chain_.lookup(uri, flow, now()), std::move(done));
    pump();
}

void ChainDriver::put(const Chain::Question& question) {
    const auto id = question.id;
    if (question.step == Chain::StepName::key_binding) {
        return steps_.key_bindings->lookup(question.target.dialled.host,
                                           alive_.guard([this, id](const KeyBinding& found) {
                                               chain_.key_binding_answered(id, found, now());
                                               pump();
                                           }));
    }
    Step* step = nullptr;
    switch (question.step) {
        case Chain::StepName::local: step = &steps_.local; break;
        case Chain::StepName::dns: step = steps_.dns; break;
        case Chain::StepName::dht: step = steps_.dht; break;
        case Chain::StepName::key_binding: break;
    }
    assert(step != nullptr);
    step->ask(question.target, alive_.guard([this, id, name = question.step](StepAnswer answer) {
        chain_.answered(id, name, std::move(answer), now());
        pump();
    }));
}

void ChainDriver::pump() {
    if (pumping_) return;
    pumping_ = true;
    while (const auto question = chain_.next_question())
        put(*question);
    pumping_ = false;
    const auto here = alive_.watch();
    while (auto finished = chain_.next_finished()) {
        auto waiting = waiting_.extract(finished->id);
        waiting.mapped()(std::move(finished->trace));
        if (!here) return;
    }
    timer_.set(chain_.next_wake());
}

}  // namespace node
