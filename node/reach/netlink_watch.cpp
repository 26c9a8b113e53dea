// node/reach/netlink_watch.cpp - waits for RTMGRP_* notices, and reads anew.
#include "node/reach/netlink_watch.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "node/reach/network_dump.hpp"

namespace node {
namespace {

constexpr auto settle = std::chrono::milliseconds(200);  // one change of network is a dozen notices
constexpr auto anyway = std::chrono::seconds(30);
constexpr auto at_most_every = std::chrono::seconds(1);  // on a backbone router routes change all the time

/// A socket that hears of changes; asio owns and closes it. -1: there is none.
int open_notices() {
    const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    sockaddr_nl local{};
    local.nl_family = AF_NETLINK;
    local.nl_groups =
        RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
    if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0) return fd;
    ::close(fd);
    return -1;
}

}  // namespace

NetlinkWatch::NetlinkWatch(asio::io_context& loop, std::function<void(NetworkView)> on_change)
    : on_change_(std::move(on_change)),
      notices_(loop),
      timer_(loop),
      view_(read_network().value_or(NetworkView{})) {
    const int fd = open_notices();
    if (fd >= 0) {
        notices_.assign(fd);
        wait();
    }
    look_in(anyway);
}

void NetlinkWatch::wait() {
    notices_.async_wait(
        asio::posix::stream_descriptor::wait_read, alive_.guard([this](asio::error_code error) {
            if (error) return;
            std::array<char, 16384> ignored;
            // ENOBUFS: notices were lost, which is a notice, too.
            while (::recv(notices_.native_handle(), ignored.data(), ignored.size(), 0) > 0 ||
                   errno == ENOBUFS || errno == EINTR)
                errno = 0;
            if (!soon_) {
                soon_ = true;
                const auto rest = read_at_ + at_most_every - std::chrono::steady_clock::now();
                look_in(std::max(settle, std::chrono::duration_cast<std::chrono::milliseconds>(rest)));
            }
            wait();
        }));
}

void NetlinkWatch::look_in(std::chrono::milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait(alive_.guard([this](asio::error_code cancelled) {
        if (cancelled) return;
        soon_ = false;
        look_in(anyway);
        read_at_ = std::chrono::steady_clock::now();
        auto view = read_network();
        if (!view || *view == view_) return;
        view_ = *std::move(view);
        on_change_(view_);
    }));
}

}  // namespace node
