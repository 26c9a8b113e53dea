// node/media/lending_driver.hpp - the ports of doors that this node lends to contacts (lent_doors.hpp). Each
// pair is one that others outside reach: at this machine's own global address, or one that the router sends
// on. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <map>
#include <memory>
#include <vector>

#include "node/media/door_pair_driver.hpp"
#include "node/media/doors_driver.hpp"
#include "node/media/lent_doors.hpp"
#include "node/relay/relay_frame.hpp"
#include "node/wake_timer.hpp"

namespace node {

class LendingDriver final : private DoorPair::User {
public:
    class Host {
    public:
        /// reach.relay_media.
        [[nodiscard]] virtual bool lends() const = 0;
        /// An address of this node, or of one of its networks.
        [[nodiscard]] virtual bool is_ours(const asio::ip::address& address) const = 0;
        virtual void tell(const crypto::PublicKey& borrower, const RelayFrame& frame) = 0;

    protected:
        ~Host() = default;
    };
    /// Borrows both.
    LendingDriver(asio::io_context& loop, DoorsDriver& doors, Host& host);
    ~LendingDriver();
    LendingDriver(const LendingDriver&) = delete;  // sockets point back here
    LendingDriver& operator=(const LendingDriver&) = delete;

    // As RelayDoors.
    [[nodiscard]] std::vector<RelayFrame> asked(const crypto::PublicKey& by, const RelayFrame& frame);
    void left(const crypto::PublicKey& who, bool for_good);

    [[nodiscard]] const LentCounters& counters() const noexcept { return lent_.counters(); }
    [[nodiscard]] std::size_t open() const noexcept { return lent_.size(); }

private:
    void came(DoorPair& pair, Component component, const sip::Endpoint& source,
              std::string_view datagram) override;
    [[nodiscard]] RelayFrame borrow(const LentDoors::Door& door);
    [[nodiscard]] bool aim(LentDoors::Id id, const RelayFrame& frame);
    [[nodiscard]] bool may_be_aimed_at(const sip::Endpoint& at) const;
    void close(LentDoors::Id id);
    void on_time();

    DoorsDriver& doors_;
    Host& host_;
    LentDoors lent_;
    std::map<LentDoors::Id, std::unique_ptr<DoorPair>> pairs_;
    WakeTimer timer_;
};

}  // namespace node
