// node/reach/netlink_watch.cpp - RTMGRP_* notices, and dumps of RTM_GETLINK, RTM_GETADDR and RTM_GETROUTE.
#include "node/reach/netlink_watch.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>

namespace node {
namespace {

constexpr auto settle = std::chrono::milliseconds(200);  // one change of network is a dozen notices
constexpr auto anyway = std::chrono::seconds(30);
constexpr auto at_most_every = std::chrono::seconds(1);  // on a backbone router routes change all the time

int open_netlink(std::uint32_t groups, int flags) {
    const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
    if (fd < 0) return -1;
    sockaddr_nl local{};
    local.nl_family = AF_NETLINK;
    local.nl_groups = groups;
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
        ::close(fd);
        return -1;
    }
    return fd;
}

std::optional<asio::ip::address> address_in(const rtattr* attribute, int family) {
    const auto* data = static_cast<const std::uint8_t*>(RTA_DATA(attribute));
    const auto size = static_cast<std::size_t>(RTA_PAYLOAD(attribute));
    if (family == AF_INET && size == 4) {
        asio::ip::address_v4::bytes_type bytes;
        std::copy_n(data, 4, bytes.begin());
        return asio::ip::address_v4(bytes);
    }
    if (family == AF_INET6 && size == 16) {
        asio::ip::address_v6::bytes_type bytes;
        std::copy_n(data, 16, bytes.begin());
        return asio::ip::address_v6(bytes);
    }
    return std::nullopt;
}

std::uint32_t number_in(const rtattr* attribute) {
    std::uint32_t number = 0;
    if (RTA_PAYLOAD(attribute) >= sizeof number) std::memcpy(&number, RTA_DATA(attribute), sizeof number);
    return number;
}

// The kernel's macros cast and subtract as they like.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wold-style-cast"
template <typename Each>
void each_attribute(const nlmsghdr* header, std::size_t fixed_part, Each each) {
    const auto* at = reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(NLMSG_DATA(header)) +
                                                     NLMSG_ALIGN(fixed_part));
    int left = static_cast<int>(header->nlmsg_len) - static_cast<int>(NLMSG_LENGTH(NLMSG_ALIGN(fixed_part)));
    for (; RTA_OK(at, left); at = RTA_NEXT(at, left))
        each(at);
}

/// One dump: true when it came to its end.
template <typename Fixed, typename Each>
bool dump(int fd, std::uint16_t question, Each each) {
    struct {
        nlmsghdr header;
        Fixed fixed;
    } request{};
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof(Fixed));
    request.header.nlmsg_type = question;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    if (::send(fd, &request, request.header.nlmsg_len, 0) < 0) return false;
    alignas(nlmsghdr) std::array<char, 32768> buffer;
    for (;;) {
        const auto size = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return false;
        auto left = static_cast<unsigned>(size);
        for (const auto* h = reinterpret_cast<const nlmsghdr*>(buffer.data()); NLMSG_OK(h, left);
             h = NLMSG_NEXT(h, left)) {
            if (h->nlmsg_type == NLMSG_DONE) return true;
            if (h->nlmsg_type == NLMSG_ERROR) return false;
            each(h, *static_cast<const Fixed*>(NLMSG_DATA(h)));
        }
    }
}
#pragma GCC diagnostic pop

std::set<unsigned> interfaces_up(int fd) {
    std::set<unsigned> up;
    dump<ifinfomsg>(fd, RTM_GETLINK, [&](const nlmsghdr*, const ifinfomsg& link) {
        if ((link.ifi_flags & IFF_UP) != 0) up.insert(static_cast<unsigned>(link.ifi_index));
    });
    return up;
}

void read_addresses(int fd, const std::set<unsigned>& up, NetworkView& view) {
    dump<ifaddrmsg>(fd, RTM_GETADDR, [&](const nlmsghdr* header, const ifaddrmsg& message) {
        std::uint32_t flags = message.ifa_flags;
        std::optional<asio::ip::address> address, local;
        each_attribute(header, sizeof message, [&](const rtattr* a) {
            if (a->rta_type == IFA_ADDRESS) address = address_in(a, message.ifa_family);
            if (a->rta_type == IFA_LOCAL) local = address_in(a, message.ifa_family);
            if (a->rta_type == IFA_FLAGS) flags = number_in(a);  // more than eight of them by now
        });
        if (local) address = local;  // IFA_ADDRESS is the other end on a point-to-point link
        if (!address || !up.contains(message.ifa_index)) return;
        if (address->is_v6() && address->to_v6().is_link_local()) return;
        view.addresses.push_back(
            {*address, message.ifa_prefixlen, message.ifa_index, (flags & IFA_F_TEMPORARY) != 0,
             (flags & IFA_F_DEPRECATED) != 0,
             (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0 && (flags & IFA_F_OPTIMISTIC) == 0});
    });
}

void read_routes(int fd, const std::set<unsigned>& up, NetworkView& view) {
    dump<rtmsg>(fd, RTM_GETROUTE, [&](const nlmsghdr* header, const rtmsg& message) {
        if (message.rtm_dst_len != 0 || message.rtm_type != RTN_UNICAST || message.rtm_table != RT_TABLE_MAIN)
            return;
        DefaultRoute route;
        std::optional<asio::ip::address> gateway;
        each_attribute(header, sizeof message, [&](const rtattr* a) {
            if (a->rta_type == RTA_GATEWAY) gateway = address_in(a, message.rtm_family);
            if (a->rta_type == RTA_OIF) route.interface = number_in(a);
            if (a->rta_type == RTA_PRIORITY) route.metric = number_in(a);
        });
        if (!gateway || !up.contains(route.interface)) return;
        route.gateway = *gateway;
        view.routes.push_back(route);
    });
}

}  // namespace

NetworkView read_network() {
    NetworkView view;
    const int fd = open_netlink(0, 0);
    if (fd < 0) return view;
    const auto up = interfaces_up(fd);
    read_addresses(fd, up, view);
    read_routes(fd, up, view);
    ::close(fd);
    return view;
}

NetlinkWatch::NetlinkWatch(asio::io_context& loop, std::function<void(NetworkView)> on_change)
    : on_change_(std::move(on_change)), notices_(loop), timer_(loop), view_(read_network()) {
    const int fd = open_netlink(
        RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
        SOCK_NONBLOCK);
    if (fd >= 0) {
        notices_.assign(fd);
        wait();
    }
    look_in(anyway);
}

void NetlinkWatch::wait() {
    notices_.async_wait(asio::posix::stream_descriptor::wait_read, [this, alive = std::weak_ptr(alive_)](
                                                                       asio::error_code error) {
        if (error || alive.expired()) return;
        std::array<char, 16384> ignored;
        // ENOBUFS: notices were lost, which is a notice, too.
        while (::recv(notices_.native_handle(), ignored.data(), ignored.size(), 0) > 0 || errno == ENOBUFS ||
               errno == EINTR)
            errno = 0;
        if (!soon_) {
            soon_ = true;
            const auto rest = read_at_ + at_most_every - std::chrono::steady_clock::now();
            look_in(std::max(settle, std::chrono::duration_cast<std::chrono::milliseconds>(rest)));
        }
        wait();
    });
}

void NetlinkWatch::look_in(std::chrono::milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](asio::error_code cancelled) {
        if (cancelled || alive.expired()) return;
        soon_ = false;
        look_in(anyway);
        read_at_ = std::chrono::steady_clock::now();
        auto view = read_network();
        if (view == view_) return;
        view_ = std::move(view);
        on_change_(view_);
    });
}

}  // namespace node
