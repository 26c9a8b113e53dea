// simulations/air.cpp - frames that wait, are sent, collide, and are sent again.
#include "simulations/air.hpp"

#include <algorithm>

#include "simulations/world.hpp"

namespace simulations {
namespace {

using std::chrono::seconds;

constexpr Micro difs(50), slot(20), preamble(192), acknowledged(300);
constexpr std::size_t headers = 62, acknowledgement = 14, most_waiting = 64;
constexpr unsigned most_tries = 7, least_slots = 16, most_doublings = 6;
constexpr std::size_t hello_size = 40, route_size = 12, largest_update = 1200;
constexpr seconds hello_every{4};
constexpr unsigned hellos_an_update = 4;

}  // namespace

Air::Air(std::unique_ptr<Mesh> mesh, const Config& config)
    : mesh_(std::move(mesh)), config_(config), radios_(mesh_->size()) {}

void Air::send(World& world, const Endpoint& from, const Endpoint& to, std::vector<std::uint8_t> datagram) {
    if (!std::exchange(begun_, true) && config_.babel) {
        for (std::size_t i = 0; i < radios_.size(); ++i)
            world.after(Micro(static_cast<Micro::rep>(fraction(world.random()) * 4e6)),
                        [this, &world, i] { talk_babel(world, i, static_cast<unsigned>(i)); });
    }
    const auto at = mesh_->host(from);
    if (!at) return;
    Frame frame{from, to, std::move(datagram), everybody, 0, false};
    if (!to.address().is_multicast()) {
        pass_on(world, *at, frame);
        return;
    }
    queue(world, *at, std::move(frame));
}

void Air::talk_babel(World& world, std::size_t at, unsigned turn) {
    std::size_t left = hello_size;
    if (turn % hellos_an_update == 0) left += route_size * radios_.size();
    for (; left > 0; left -= std::min(left, largest_update)) {
        Frame frame;
        frame.bytes.resize(std::min(left, largest_update));
        frame.babel = true;
        queue(world, at, std::move(frame));
    }
    world.after(hello_every, [this, &world, at, turn] { talk_babel(world, at, turn + 1); });
}

/// At its goal, or to the next hop.
void Air::pass_on(World& world, std::size_t at, const Frame& frame) {
    const auto goal = mesh_->host(frame.to);
    if (!goal) return;
    if (*goal == at) {
        world.arrive(frame.from, frame.to, frame.bytes);
        return;
    }
    const auto next = mesh_->next_hop(at, *goal);
    if (!next) return;
    Frame onward = frame;
    onward.hop = *next;
    onward.tries = 0;
    queue(world, at, std::move(onward));
}

void Air::queue(World& world, std::size_t at, Frame frame) {
    auto& radio = radios_[at];
    if (radio.waiting.size() >= most_waiting) {
        ++figures_.dropped;
        return;
    }
    radio.waiting.push_back(std::move(frame));
    if (!radio.contends) contend(world, at);
}

void Air::contend(World& world, std::size_t at) {
    auto& radio = radios_[at];
    radio.contends = true;
    const auto slots = least_slots << std::min(radio.waiting.front().tries, most_doublings);
    const auto now = world.now().steady;
    const auto free = std::max(now, radio.busy_until);
    const auto wait = difs + slot * static_cast<int>(world.random()() % slots);
    // All count the slots of one clock, that of who sent last.
    world.after(free + wait - now, [this, &world, at] { attempt(world, at); });
}

void Air::attempt(World& world, std::size_t at) {
    auto& radio = radios_[at];
    const auto now = world.now().steady;
    // Whoever began in this very slot is not heard yet.
    if (radio.busy_until > now && radio.busy_since < now) return contend(world, at);
    const auto& frame = radio.waiting.front();
    auto lasts =
        preamble + Micro(static_cast<Micro::rep>((frame.bytes.size() + headers) * 8000 / config_.kbit_s));
    ++figures_.frames;
    const auto size = frame.bytes.size() + headers + (frame.hop == everybody ? 0 : acknowledgement);
    figures_.bytes += size;
    if (frame.babel) figures_.babel_bytes += size;
    if (frame.hop != everybody) lasts += acknowledged;
    const auto until = now + lasts;
    const auto number = ++number_;
    const auto busy = [&](Radio& each) {
        each.busy += Micro(std::max<Micro::rep>(
            0, std::chrono::duration_cast<Micro>(until - std::max(now, each.busy_until)).count()));
        if (each.busy_until <= now) each.busy_since = now;
        each.busy_until = std::max(each.busy_until, until);
    };
    busy(radio);
    radio.hears = 0;  // who sends hears nothing
    radio.heard_until = until;
    for (const auto& hop : mesh_->hops_of(at)) {
        auto& other = radios_[hop.to];
        busy(other);
        const bool alone = other.heard_until <= now;
        if (!alone) ++figures_.collided;
        other.hears = alone ? number : 0;
        other.heard_until = std::max(other.heard_until, until);
    }
    world.after(lasts, [this, &world, at, number] { end(world, at, number); });
}

bool Air::arrives(World& world, std::size_t at, std::size_t to, std::uint64_t number) {
    const auto& hops = mesh_->hops_of(at);
    const auto hop = std::ranges::find(hops, to, &Mesh::Hop::to);
    return hop != hops.end() && radios_[to].hears == number && fraction(world.random()) >= hop->loss;
}

void Air::end(World& world, std::size_t at, std::uint64_t number) {
    auto& radio = radios_[at];
    auto frame = std::move(radio.waiting.front());
    radio.waiting.pop_front();
    radio.contends = false;
    if (frame.hop == everybody) {
        for (const auto& hop : mesh_->hops_of(at))
            if (arrives(world, at, hop.to, number) && !frame.babel)
                world.overhear(mesh_->endpoint(hop.to, config_.port), frame.from, frame.bytes);
    } else if (arrives(world, at, frame.hop, number)) {
        pass_on(world, frame.hop, frame);
    } else if (++frame.tries < most_tries) {
        radio.waiting.push_front(std::move(frame));
    } else {
        ++figures_.dropped;
    }
    if (!radio.waiting.empty() && !radio.contends) contend(world, at);
}

Air::Figures Air::figures() const {
    auto figures = figures_;
    for (const auto& radio : radios_)
        figures.busiest = std::max(figures.busiest, radio.busy);
    return figures;
}

void Air::busy_again() {
    for (auto& radio : radios_)
        radio.busy = Micro(0);
}

}  // namespace simulations
