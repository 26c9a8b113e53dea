// node/reach/network_dump.cpp - dumps of RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE and RTM_GETNEIGH.
#include "node/reach/network_dump.hpp"

#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "node/addresses.hpp"

namespace node {
namespace {

struct CloseSocket {
    void operator()(mnl_socket* socket) const noexcept { mnl_socket_close(socket); }
};
using Socket = std::unique_ptr<mnl_socket, CloseSocket>;

Socket open_socket() {
    Socket socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
    if (socket && mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0) socket.reset();
    return socket;
}

/// The attributes of one message by their number; those that we do not know are passed over (mnl_attr_parse's
/// advice: a newer kernel tells more).
class Attributes {
public:
    static constexpr std::size_t highest = 32;  // all that are asked for here lie below

    Attributes(const nlmsghdr* header, std::size_t fixed_part) {
        mnl_attr_parse(header, static_cast<unsigned>(fixed_part), &Attributes::keep, this);
    }

    [[nodiscard]] std::optional<asio::ip::address> address(std::uint16_t type) const {
        const auto* attribute = found_.at(type);
        if (attribute == nullptr) return std::nullopt;
        const auto* data = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute));
        const std::size_t size = mnl_attr_get_payload_len(attribute);
        if (asio::ip::address_v4::bytes_type v4; size == v4.size()) {
            std::copy_n(data, size, v4.begin());
            return asio::ip::address_v4(v4);
        }
        if (asio::ip::address_v6::bytes_type v6; size == v6.size()) {
            std::copy_n(data, size, v6.begin());
            return asio::ip::address_v6(v6);
        }
        return std::nullopt;
    }

    [[nodiscard]] std::string text(std::uint16_t type) const {
        const auto* attribute = found_.at(type);
        if (attribute == nullptr || mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0) return {};
        return mnl_attr_get_str(attribute);
    }

    [[nodiscard]] std::vector<std::uint8_t> bytes(std::uint16_t type) const {
        const auto* attribute = found_.at(type);
        if (attribute == nullptr) return {};
        const auto* data = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute));
        return {data, data + mnl_attr_get_payload_len(attribute)};
    }

    [[nodiscard]] std::optional<std::uint32_t> number(std::uint16_t type) const {
        const auto* attribute = found_.at(type);
        if (attribute == nullptr || mnl_attr_validate(attribute, MNL_TYPE_U32) < 0) return std::nullopt;
        return mnl_attr_get_u32(attribute);
    }

private:
    static int keep(const nlattr* attribute, void* self) {
        auto& found = static_cast<Attributes*>(self)->found_;
        const std::size_t type = mnl_attr_get_type(attribute);
        if (type < found.size()) found.at(type) = attribute;
        return MNL_CB_OK;
    }

    std::array<const nlattr*, highest> found_{};
};

static_assert(IFA_FLAGS < Attributes::highest && RTA_PRIORITY < Attributes::highest);

/// Sends one question and hands each message of the answer to `each`. False: it did not come to its end, and
/// the socket may still hold the rest.
template <typename Fixed, typename Each>
[[nodiscard]] bool dump(const Socket& socket, std::uint16_t question, Each each) {
    alignas(nlmsghdr) std::array<char, 128> request{};
    static_assert(MNL_NLMSG_HDRLEN + sizeof(Fixed) <= request.size());
    auto* header = mnl_nlmsg_put_header(request.data());
    header->nlmsg_type = question;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    mnl_nlmsg_put_extra_header(header, sizeof(Fixed));
    if (mnl_socket_sendto(socket.get(), header, header->nlmsg_len) < 0) return false;
    const mnl_cb_t on_message = [](const nlmsghdr* message, void* context) {
        const auto* fixed = static_cast<const Fixed*>(mnl_nlmsg_get_payload(message));
        if (mnl_nlmsg_get_payload_len(message) >= sizeof(Fixed))
            (*static_cast<Each*>(context))(*fixed, Attributes(message, sizeof(Fixed)));
        return MNL_CB_OK;
    };
    alignas(nlmsghdr) std::array<char, 32768> answer;  // libmnl's own advice for dumps
    for (;;) {
        const auto size = mnl_socket_recvfrom(socket.get(), answer.data(), answer.size());
        if (size <= 0) return false;
        // EINTR in errno: something changed meanwhile (NLM_F_DUMP_INTR).
        const int more = mnl_cb_run(answer.data(), static_cast<std::size_t>(size), 0,
                                    mnl_socket_get_portid(socket.get()), on_message, &each);
        if (more != MNL_CB_OK) return more == MNL_CB_STOP;
    }
}

using Interfaces = std::map<unsigned, Link>;

bool read_interfaces(const Socket& socket, Interfaces& up) {
    return dump<ifinfomsg>(socket, RTM_GETLINK, [&](const ifinfomsg& link, const Attributes& attributes) {
        const auto index = static_cast<unsigned>(link.ifi_index);
        if ((link.ifi_flags & IFF_UP) == 0) return;
        up[index] = {index, attributes.text(IFLA_IFNAME), (link.ifi_flags & IFF_POINTOPOINT) != 0};
    });
}

bool read_addresses(const Socket& socket, const Interfaces& up, NetworkView& view) {
    return dump<ifaddrmsg>(socket, RTM_GETADDR, [&](const ifaddrmsg& message, const Attributes& attributes) {
        // IFA_ADDRESS is the other end on a point-to-point link.
        auto address = attributes.address(IFA_LOCAL);
        if (!address) address = attributes.address(IFA_ADDRESS);
        if (!address || !up.contains(message.ifa_index)) return;
        if (address->is_v6() && address->to_v6().is_link_local()) return;
        // There are more than eight of them by now.
        const std::uint32_t flags = attributes.number(IFA_FLAGS).value_or(message.ifa_flags);
        view.addresses.push_back(
            {*address, message.ifa_prefixlen, message.ifa_index, (flags & IFA_F_TEMPORARY) != 0,
             (flags & IFA_F_DEPRECATED) != 0,
             (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) != 0 && (flags & IFA_F_OPTIMISTIC) == 0});
    });
}

bool read_routes(const Socket& socket, const Interfaces& up, NetworkView& view) {
    return dump<rtmsg>(socket, RTM_GETROUTE, [&](const rtmsg& message, const Attributes& attributes) {
        if (message.rtm_dst_len != 0 || message.rtm_type != RTN_UNICAST || message.rtm_table != RT_TABLE_MAIN)
            return;
        const auto gateway = attributes.address(RTA_GATEWAY);
        const auto interface = attributes.number(RTA_OIF).value_or(0);
        if (!gateway || !up.contains(interface)) return;
        view.routes.push_back({*gateway, interface, attributes.number(RTA_PRIORITY).value_or(0)});
    });
}

/// Those without an address come and go with every container, and tell nothing.
NetworkView with_links(NetworkView view, const Interfaces& up) {
    for (const auto& [index, link] : up) {
        if (std::any_of(view.addresses.begin(), view.addresses.end(),
                        [at = index](const InterfaceAddress& own) { return own.interface == at; }))
            view.links.push_back(link);
    }
    return view;
}

}  // namespace

std::optional<NetworkView> read_network() {
    // A change in the middle of a dump: once more, on a socket that holds nothing of the last time.
    for (int tries = 0; tries < 3; ++tries) {
        const Socket socket = open_socket();
        if (!socket) break;
        NetworkView view;
        Interfaces up;
        if (read_interfaces(socket, up) && read_addresses(socket, up, view) && read_routes(socket, up, view))
            return with_links(std::move(view), up);
    }
    return std::nullopt;
}

std::map<asio::ip::address_v6, std::vector<std::uint8_t>> read_neighbours(unsigned interface) {
    std::map<asio::ip::address_v6, std::vector<std::uint8_t>> all;
    const Socket socket = open_socket();
    if (!socket) return all;
    const bool whole = dump<ndmsg>(socket, RTM_GETNEIGH, [&](const ndmsg& message, const Attributes& of) {
        const auto address = of.address(NDA_DST);
        auto link = of.bytes(NDA_LLADDR);
        constexpr unsigned unknown = NUD_INCOMPLETE | NUD_FAILED | NUD_NOARP;
        if (message.ndm_ifindex != static_cast<int>(interface) || (message.ndm_state & unknown) != 0) return;
        if (address && address->is_v6() && !link.empty()) all[address->to_v6()] = std::move(link);
    });
    if (!whole) all.clear();
    return all;
}

NetworkView network_or_addresses() {
    if (auto view = read_network()) return std::move(*view);
    NetworkView view;
    for (const auto& address : interface_addresses())
        view.addresses.push_back({address, address.is_v4() ? 32U : 128U, 0, false, false, false});
    return view;
}

}  // namespace node
