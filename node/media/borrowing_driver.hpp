// node/media/borrowing_driver.hpp - the ports from which this node uses doors that friends' nodes lend it
// (borrowed_doors.hpp). SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/media/borrowed_doors.hpp"
#include "node/media/door_pair_driver.hpp"
#include "node/wake_timer.hpp"

namespace node {

class BorrowingDriver final : private DoorPair::User {
public:
    using Number = BorrowedDoors::Number;
    class Host {
    public:
        /// False: that relay is not held.
        [[nodiscard]] virtual bool tell(const RelayCandidate& relay, const RelayFrame& frame) = 0;
        /// A call has it, and it ends.
        virtual void door_lost(Number door) = 0;

    protected:
        ~Host() = default;
    };
    struct Taken : BorrowedDoors::Taken {
        std::unique_ptr<DoorPair> pair;
    };
    /// Borrows the host.
    BorrowingDriver(asio::io_context& loop, Host& host);
    ~BorrowingDriver();
    BorrowingDriver(const BorrowingDriver&) = delete;  // sockets point back here
    BorrowingDriver& operator=(const BorrowingDriver&) = delete;

    /// As RelayDoors.
    void told(const RelayCandidate& by, const RelayFrame& frame);
    /// Calls `ready` once: when doors are there, or none will come; within two seconds.
    void prepare(std::function<void()> ready);
    /// For a call. The pair is `user`'s until give_back(), and is proved from here meanwhile.
    [[nodiscard]] std::optional<Taken> take(DoorPair::User& user);
    void aim(Number door, const sip::Doors::Peer& peer);
    /// REQUIRES: its pair is still there.
    void give_back(Number door);
    /// Was it the relay's word, and no sound?
    [[nodiscard]] bool answered(Number door, Component component, const sip::Endpoint& source,
                                std::string_view datagram);

    [[nodiscard]] std::string lender() const { return doors_.lender(); }
    [[nodiscard]] const BorrowedCounters& counters() const noexcept { return doors_.counters(); }
    [[nodiscard]] std::size_t open() const noexcept { return doors_.size(); }

private:
    void came(DoorPair& pair, Component component, const sip::Endpoint& source,
              std::string_view datagram) override;
    void act(const BorrowedDoors::Actions& actions);
    void on_time();
    void tell_ready();

    asio::io_context& loop_;
    Host& host_;
    DoorPair::Board board_;
    BorrowedDoors doors_;
    std::map<Number, std::unique_ptr<DoorPair>> ahead_;
    std::map<Number, DoorPair*> pairs_;  // those that were taken, too
    std::vector<std::function<void()>> waiting_;
    WakeTimer timer_;
};

}  // namespace node
