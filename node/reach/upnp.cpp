// node/reach/upnp.cpp - the worker and its queue.
#include "node/reach/upnp.hpp"

#include <pthread.h>

#include <algorithm>
#include <asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "node/reach/upnp_firewall.hpp"
#include "node/reach/upnp_igd.hpp"

namespace node {
namespace {

using Clock = std::chrono::steady_clock;

/// Over IPv4 it translates, over IPv6 it has a firewall.
struct Router {
    UpnpIgd igd;
    UpnpFirewall firewall;

    MappingAnswer answer(const MappingRequest& request) {
        return request.gateway.address.is_v6() ? firewall.answer(request) : igd.answer(request);
    }
    std::vector<MappingEnd> end(const Gateway& gateway, const std::vector<MappingEnd>& ends) {
        return gateway.address.is_v6() ? firewall.end(gateway, ends) : igd.end(gateway, ends);
    }
};

}  // namespace

/// The thread's side. Outlives Upnp when a router keeps it waiting.
struct Upnp::Worker : std::enable_shared_from_this<Upnp::Worker> {
    using Job = std::function<void(Router&)>;

    void add(Job job) {
        const std::lock_guard guard(mutex);
        jobs.push_back(std::move(job));
        woken.notify_all();
        if (started) return;
        started = true;
        std::thread([self = shared_from_this()] { self->run(); }).detach();
    }

    /// `question` there, `done` on the loop, if it is still wanted.
    template <typename Question, typename Done>
    void ask(Question question, Done done) {
        add([worker = weak_from_this(), question = std::move(question),
             done = std::move(done)](Router& router) {
            auto answer = question(router);
            const auto alive = worker.lock();
            if (!alive) return;
            alive->post([worker, done, answer = std::move(answer)] {
                const auto still = worker.lock();
                if (still && still->loop != nullptr) done(answer);
            });
        });
    }

    void run() {
        pthread_setname_np(pthread_self(), "upnp");
        Router router;
        std::unique_lock lock(mutex);
        for (;;) {
            woken.wait(lock, [this] { return leaving || !jobs.empty(); });
            if (jobs.empty()) break;
            const auto job = std::move(jobs.front());
            jobs.pop_front();
            lock.unlock();
            job(router);
            lock.lock();
        }
        ended = true;
        woken.notify_all();
    }

    void leave() {
        const std::lock_guard guard(mutex);
        leaving = true;
        woken.notify_all();
    }

    /// The router has answered.
    void heard() {
        const std::lock_guard guard(mutex);
        last_heard = Clock::now();
    }

    /// Until all is done, as long as the router goes on answering.
    void wait_from(Clock::time_point began) {
        std::unique_lock lock(mutex);
        const auto end = [&] { return std::min(std::max(began, last_heard) + patience, began + farewell); };
        while (started && !ended && Clock::now() < end())
            woken.wait_until(lock, end());
        loop = nullptr;
    }

    void post(std::function<void()> what) {
        const std::lock_guard guard(mutex);  // so that the loop is not gone meanwhile
        if (loop != nullptr) asio::post(*loop, std::move(what));
    }

    std::mutex mutex;
    std::condition_variable woken;
    std::deque<Job> jobs;
    bool started = false, leaving = false, ended = false;
    Clock::time_point last_heard{};
    asio::io_context* loop = nullptr;  // nullptr: nobody waits any more
};

Upnp::Upnp(asio::io_context& loop) : v4_(std::make_shared<Worker>()), v6_(std::make_shared<Worker>()) {
    v4_->loop = v6_->loop = &loop;
}

Upnp::~Upnp() {
    const auto began = Clock::now();
    v4_->leave();
    v6_->leave();
    v4_->wait_from(began);
    v6_->wait_from(began);
}

Upnp::Worker& Upnp::worker_for(const Gateway& gateway) {
    return gateway.address.is_v6() ? *v6_ : *v4_;
}

void Upnp::start(MappingRequest request, std::function<void(MappingAnswer)> done) {
    Worker& worker = worker_for(request.gateway);
    worker.ask([request = std::move(request)](Router& router) { return router.answer(request); },
               std::move(done));
}

void Upnp::end_mappings(const Gateway& gateway, std::vector<MappingEnd> ends,
                        std::function<void(std::vector<MappingEnd>)> done) {
    Worker& worker = worker_for(gateway);
    worker.ask(
        [gateway, ends = std::move(ends), asked = worker.weak_from_this()](Router& router) {
            auto left = ends.begin();
            for (; left != ends.end() && router.end(gateway, {*left}).empty(); ++left)
                if (const auto alive = asked.lock()) alive->heard();
            return std::vector<MappingEnd>(left, ends.end());
        },
        std::move(done));
}

}  // namespace node
