// node/reach/soap_driver.cpp - one connection for each question.
#include "node/reach/soap_driver.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace node {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{3};  // miniupnpc's, for a connection

const sockaddr* as_any(const sockaddr_in6& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

sockaddr_in6 to_posix(const asio::ip::address_v6& address, std::uint16_t port, unsigned interface) {
    sockaddr_in6 out{};
    out.sin6_family = AF_INET6;
    out.sin6_port = htons(port);
    const auto bytes = address.to_bytes();
    std::copy(bytes.begin(), bytes.end(), out.sin6_addr.s6_addr);
    if (address.is_link_local()) out.sin6_scope_id = interface;
    return out;
}

bool wait(int socket, short what, Clock::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    pollfd poll{socket, what, 0};
    return left.count() > 0 && ::poll(&poll, 1, static_cast<int>(left.count())) == 1;
}

bool send(int socket, std::string_view text, Clock::time_point until) {
    while (!text.empty()) {
        if (!wait(socket, POLLOUT, until)) return false;
        const auto sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::string read(int socket, Clock::time_point until) {
    std::string text;
    std::array<char, 2048> buffer{};
    while (text.size() < longest_soap && !is_whole_answer(text)) {
        if (!wait(socket, POLLIN, until)) return {};
        const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got < 0) return {};
        if (got == 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
}

}  // namespace

std::string SoapDriver::ask(const HttpPlace& at, const std::string& question) const {
    const int socket = ::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return {};
    std::string answer;
    const auto until = Clock::now() + patience;
    const auto from = to_posix(own_, 0, interface_), to = to_posix(at.address, at.port, interface_);
    const bool bound = ::bind(socket, as_any(from), sizeof from) == 0;
    const bool begun = bound && (::connect(socket, as_any(to), sizeof to) == 0 || errno == EINPROGRESS);
    if (begun && send(socket, question, until)) answer = read(socket, until);
    ::close(socket);
    return answer;
}

}  // namespace node
