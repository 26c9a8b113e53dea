// node/dns/server_ping_driver.cpp - a question on a connected UDP socket, so that the kernel tells when
// nobody is there.
#include "node/dns/server_ping_driver.hpp"

#include <sodium/randombytes.h>

#include <algorithm>
#include <array>
#include <asio/ip/udp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fstream>
#include <sstream>
#include <utility>

namespace node {
namespace {

using asio::ip::udp;

constexpr std::size_t max_servers = 8;

/// RFC 1035 §4.1, recursion desired. REQUIRES: `name` is a host name, or "." for the root.
std::string query_for(const std::string& name, DnsType type, std::uint16_t id) {
    const auto both = [](unsigned value) {
        return std::string{static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
    };
    std::string query = both(id) + both(0x0100) + both(1) + both(0) + both(0) + both(0);
    std::istringstream labels(name == "." ? "" : name);
    for (std::string label; std::getline(labels, label, '.');)
        query += static_cast<char>(label.size()) + label;
    return query + '\0' + both(static_cast<unsigned>(type)) + both(1);
}

}  // namespace

struct ServerPing::State {
    struct Server {
        explicit Server(asio::io_context& loop) : socket(loop) {}
        udp::socket socket;
        std::array<char, 4096> buffer{};
        bool unreachable = false;
    };
    State(asio::io_context& loop, Done then) : timer(loop), done(std::move(then)) {}

    void finish(const PingResult& result) {
        timer.cancel();
        if (done) std::exchange(done, nullptr)(result);
    }
    void on_unreachable(Server& server, const std::string& where) {
        server.unreachable = true;
        const bool all =
            std::all_of(servers.begin(), servers.end(), [](const auto& each) { return each->unreachable; });
        if (all) finish({true, std::nullopt, where});
    }
    static void receive(const std::shared_ptr<State>& state, Server& server, const std::string& where);

    std::vector<std::unique_ptr<Server>> servers;
    asio::steady_timer timer;
    std::string query;
    Done done;
};

void ServerPing::State::receive(const std::shared_ptr<State>& state, Server& server,
                                const std::string& where) {
    server.socket.async_receive(
        asio::buffer(server.buffer),
        [weak = std::weak_ptr(state), &server, where](const std::error_code& error, std::size_t size) {
            const auto still = weak.lock();
            if (!still || !still->done || error == asio::error::operation_aborted) return;
            if (error) return still->on_unreachable(server, where);
            const bool ours = size >= 12 && std::equal(server.buffer.begin(), server.buffer.begin() + 2,
                                                       still->query.begin());
            if (!ours) return receive(still, server, where);
            still->finish({false, static_cast<unsigned char>(server.buffer[3]) & 0x0fU, where});
        });
}

ServerPing::ServerPing(asio::io_context& loop, const std::vector<sip::Endpoint>& servers,
                       const std::string& name, DnsType type, std::chrono::milliseconds patience, Done done)
    : state_(std::make_shared<State>(loop, std::move(done))) {
    state_->query = query_for(name, type, static_cast<std::uint16_t>(randombytes_uniform(0x10000)));
    state_->servers.resize(servers.size());
    for (auto& server : state_->servers)
        server = std::make_unique<State::Server>(loop);
    // Posted: what fails at once must not call back before this returns.
    asio::post(loop, [weak = std::weak_ptr(state_), servers] {
        const auto state = weak.lock();
        for (std::size_t i = 0; state && state->done && i < servers.size(); ++i) {
            State::Server& to = *state->servers[i];
            const std::string where = sip::to_string(servers[i]);
            std::error_code error;
            to.socket.connect({servers[i].address, servers[i].port}, error);
            if (!error) to.socket.send(asio::buffer(state->query), 0, error);
            if (error)
                state->on_unreachable(to, where);
            else
                State::receive(state, to, where);
        }
    });
    state_->timer.expires_after(patience);
    state_->timer.async_wait([weak = std::weak_ptr(state_)](const std::error_code& error) {
        const auto state = weak.lock();
        if (state && !error) state->finish({});
    });
}

ServerPing::~ServerPing() {
    state_->done = nullptr;
}

std::vector<sip::Endpoint> servers_of(const std::filesystem::path& resolv_conf) {
    std::vector<sip::Endpoint> servers;
    std::ifstream in(resolv_conf);
    for (std::string line; std::getline(in, line) && servers.size() < max_servers;) {
        std::istringstream words(line);
        std::string word, address;
        if (!(words >> word >> address) || word != "nameserver") continue;
        asio::error_code error;
        const auto parsed = asio::ip::make_address(address, error);
        if (!error) servers.push_back({parsed, 53});
    }
    return servers;
}

}  // namespace node
