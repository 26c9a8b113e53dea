// node/daemon/descriptors.cpp - RLIMIT_NOFILE.
#include "node/daemon/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace node {
namespace {

constexpr std::size_t wanted = 8192;  // most connections twice over
constexpr std::size_t most_connections = 4096;
// Listeners, four databases, 64 DNS questions, the DHT, calls to others' nodes, commands; 64 browsers at the
// page, with three each.
constexpr std::size_t for_all_else = 448;

}  // namespace

std::size_t descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;  // what Linux gives
    return limit.rlim_cur == RLIM_INFINITY ? wanted : static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
        (void)::setrlimit(RLIMIT_NOFILE, &limit);
    }
    return descriptor_limit();
}

std::size_t connections_for(std::size_t descriptors) {
    const std::size_t left = descriptors > 2 * for_all_else ? descriptors - for_all_else : descriptors / 2;
    return std::min(left, most_connections);
}

std::size_t faces_for(std::size_t descriptors) {
    return std::clamp<std::size_t>(descriptors / 16, 8, 256);  // a quarter to a half of for_all_else
}

unsigned browsers_for(std::size_t descriptors) {
    return static_cast<unsigned>(std::clamp<std::size_t>(descriptors / 16, 8, 64));
}

}  // namespace node
