// node/cli/control_client.cpp - one request and its answer over a Unix socket.
#include "node/cli/control_client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "node/state/paths.hpp"

namespace node {
namespace {

constexpr std::size_t max_reply = 16U << 20;

class Socket {
public:
    Socket() : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    ~Socket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    [[nodiscard]] int get() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

void connect_to(const Socket& socket, const std::filesystem::path& path, std::chrono::seconds patience) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = path.string();
    if (name.size() >= sizeof address.sun_path)
        throw NotRunning(name + ": this path is too long for a Unix socket (107 bytes)");
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    const timeval limit{.tv_sec = static_cast<time_t>(patience.count()), .tv_usec = 0};
    setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
    if (errno == ENOENT || errno == ECONNREFUSED)
        throw NotRunning(
            "the node is not running on " + path.parent_path().string() +
            " (start it with `hedgewitch run`; one that is a service is asked with `sudo`; of another user's "
            "--state names the folder)");
    const int reason = errno;
    StatePaths(path.parent_path()).must_be_readable();  // of another user, most likely
    throw NotRunning(name + ": " + std::strerror(reason));
}

}  // namespace

Json ask_node(const std::filesystem::path& path, const Json& request, std::chrono::seconds patience) {
    const Socket socket;
    connect_to(socket, path, patience);
    const std::string line = request.dump() + "\n";
    for (std::size_t sent = 0; sent < line.size();) {
        const ssize_t n = ::send(socket.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) throw NotRunning(std::string("the node does not listen: ") + std::strerror(errno));
        sent += static_cast<std::size_t>(n);
    }
    std::string reply;
    std::array<char, 16384> chunk{};
    while (reply.find('\n') == std::string::npos) {
        const ssize_t n = ::recv(socket.get(), chunk.data(), chunk.size(), 0);
        if (n < 0) throw NotRunning(std::string("the node did not answer: ") + std::strerror(errno));
        if (n == 0) throw NotRunning("the node hung up");
        reply.append(chunk.data(), static_cast<std::size_t>(n));
        if (reply.size() > max_reply) throw NotRunning("the node's answer is too long");
    }
    const Json answer = Json::parse(reply, nullptr, false);
    if (!answer.is_object()) throw NotRunning("the node's answer is no JSON object");
    if (answer.value("ok", false)) return answer.at("result");
    throw std::runtime_error(answer.value("error", "the node gave no reason"));
}

}  // namespace node
