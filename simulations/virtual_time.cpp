// simulations/virtual_time.cpp - the standard library's clocks and dice, defined once more.
#include "simulations/virtual_time.hpp"

#include <sys/random.h>
#include <time.h>

#include <cassert>
#include <optional>
#include <random>
#include <string>

namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

struct Virtual {
    std::mt19937_64 dice;
    steady_clock::time_point steady;
    system_clock::time_point wall;
    std::chrono::seconds skew{0};
};
std::optional<Virtual> running;

nanoseconds real(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

}  // namespace

namespace simulations::virtual_time {

void begin(std::uint64_t seed, system_clock::time_point wall) {
    running.emplace(
        Virtual{std::mt19937_64(seed), steady_clock::time_point(std::chrono::hours(1)), wall, {}});
}

void advance_to(steady_clock::time_point now) {
    assert(running && now >= running->steady);
    running->wall += now - running->steady;
    running->steady = now;
}

void skew_wall(std::chrono::seconds skew) {
    running->skew = skew;
}

void end() {
    running.reset();
}

nanoseconds real_time() {
    return real(CLOCK_MONOTONIC);
}

}  // namespace simulations::virtual_time

// OpenDHT asks these by itself: defined here, the program's own are taken before libstdc++'s.
// NOLINTBEGIN(cert-dcl58-cpp)
namespace std::chrono {
inline namespace _V2 {

steady_clock::time_point steady_clock::now() noexcept {
    return running ? running->steady : time_point(real(CLOCK_MONOTONIC));
}
system_clock::time_point system_clock::now() noexcept {
    return running ? running->wall + running->skew : time_point(real(CLOCK_REALTIME));
}

}  // namespace _V2
}  // namespace std::chrono

namespace std {

void random_device::_M_init(const std::string& /*token*/) {}
void random_device::_M_fini() {}
random_device::result_type random_device::_M_getval() {
    if (running) return static_cast<result_type>(running->dice());
    result_type value = 0;
    if (getrandom(&value, sizeof value, 0) != sizeof value) abort();
    return value;
}

}  // namespace std
// NOLINTEND(cert-dcl58-cpp)
