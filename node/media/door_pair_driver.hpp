// node/media/door_pair_driver.hpp - two UDP sockets for a stream's sound, RTP's even port and the next for
// RTCP (RFC 3550 §11), and what comes to them. What is sent to a place where another pair of this node is
// shown goes there at once: few routers send such packets back in (RFC 4787 §6). SIP loop only.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "node/media/door_side.hpp"
#include "sip/alive.hpp"

namespace node {

class DoorPair {
public:
    /// Whose it is now.
    class User {
    public:
        virtual void came(DoorPair& pair, Component component, const sip::Endpoint& source,
                          std::string_view datagram) = 0;

    protected:
        ~User() = default;
    };
    /// What all pairs of a node share. Outlives them.
    struct Board {
        std::vector<char> buffer;
        std::map<sip::Endpoint, std::pair<DoorPair*, Component>> shown;
        bool passing = false;  // from one pair to another
        Board();
    };

    /// Nothing: no descriptors, no such address, no two ports. Borrows all.
    [[nodiscard]] static std::unique_ptr<DoorPair> bind(asio::io_context& loop, Board& board, User& user,
                                                        const asio::ip::address& local);
    DoorPair(Board& board, User& user, std::array<asio::ip::udp::socket, 2> sockets, std::uint16_t port);
    ~DoorPair();
    DoorPair(const DoorPair&) = delete;  // what waits points back here
    DoorPair& operator=(const DoorPair&) = delete;

    std::uint64_t mark = 0;                                              // its user's
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }  // RTP's, on this machine
    void use(User& user) noexcept { user_ = &user; }
    /// Where others see it; nothing: it is shown to nobody.
    void show(const std::optional<std::array<sip::Endpoint, 2>>& at);
    void send(Component component, const sip::Endpoint& to, std::string_view bytes);

private:
    [[nodiscard]] asio::ip::udp::socket& socket(Component component) {
        return sockets_[static_cast<std::size_t>(component)];
    }
    void await(Component component);
    [[nodiscard]] bool receive(Component component);  // true: there may be more
    [[nodiscard]] bool passed(Component component, const sip::Endpoint& to, std::string_view bytes);

    Board& board_;
    User* user_;
    std::array<asio::ip::udp::socket, 2> sockets_;
    const std::uint16_t port_;
    std::optional<std::array<sip::Endpoint, 2>> shown_;
    sip::Alive alive_;
};

}  // namespace node
