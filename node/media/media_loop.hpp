// node/media/media_loop.hpp - the sound of calls, put together: which streams need a door
// (sip/media/media_calls.hpp), the doors' sockets, STUN for phones, the echo; and what is told of them. SIP
// loop only.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "node/config/config.hpp"
#include "node/media/borrowing_driver.hpp"
#include "node/media/doors_driver.hpp"
#include "node/media/echo_driver.hpp"
#include "node/media/lending_driver.hpp"
#include "node/media/media_status.hpp"
#include "node/media/stun_server_loop.hpp"
#include "node/reach/own_addresses.hpp"
#include "node/reach/reachability_loop.hpp"
#include "node/reach/witnesses.hpp"
#include "node/relay/relay_loop.hpp"
#include "sip/edge/route.hpp"
#include "sip/media/media_calls.hpp"

namespace node {

class MediaLoop : private DoorsDriver::Host,
                  private BorrowingDriver::Host,
                  private LendingDriver::Host,
                  private RelayDoors {
public:
    /// All borrowed.
    struct Parts {
        const Config& config;
        ReachabilityLoop& reach;
        const Witnesses& witnesses;
        const OwnAddresses& own;
        RelayLoop& relays;
    };
    /// Binds nothing yet. `most_faces`: DoorsDriver's.
    MediaLoop(asio::io_context& loop, const Parts& parts, std::size_t most_faces);
    MediaLoop(const MediaLoop&) = delete;  // its parts point back here
    MediaLoop& operator=(const MediaLoop&) = delete;

    /// Binds; STUN asks `gate`, which is borrowed.
    void start(StunServerLoop::Gate& gate);
    /// Whom the proxy shows the messages of calls.
    [[nodiscard]] sip::MediaPath& path() noexcept { return calls_; }
    /// Before a call goes out or in: `ready` comes at once, or when it is known at which addresses doors can
    /// be met, within half a second; or, where friends lend doors, within 2.5.
    void prepare(std::function<void()> ready);
    /// Nodes outside may be asked now where they see our ports.
    void look_outside();
    /// Told the Call-ID of an answered call whose last door has carried nothing for a minute.
    void on_silent(std::function<void(const std::string& call_id)> told) { silent_told_ = std::move(told); }
    /// Told what the other edge of a call is to hear: that doors of ours have moved.
    void on_moved(std::function<void(const sip::MediaMove& move)> told) { moved_told_ = std::move(told); }
    /// What is known of our addresses may be other than before.
    void addresses_changed() { doors_.look_soon(); }
    /// What we answer ourselves: the echo, for our own users. Nothing: that is for the routing chain.
    [[nodiscard]] std::optional<sip::RouteAnswer> service(const sip::RouteQuestion& question);

    /// Would a phone met over `phone` be heard only through us by whoever is met at `callee`?
    [[nodiscard]] bool needs_us(const sip::Flow& phone, const sip::NextHop& callee) const;
    /// What becomes of its sound: a sentence.
    [[nodiscard]] std::string sentence(const sip::Flow& phone, const sip::NextHop& callee) const;
    /// Does the router give each destination another port? Nothing: it is not known.
    [[nodiscard]] std::optional<bool> symmetric() const { return doors_.symmetric(); }
    /// As sip::Doors.
    [[nodiscard]] std::string lender() const { return doors_.lender(); }
    [[nodiscard]] MediaStatus status() const;

private:
    void set_door_ports(std::set<std::uint16_t> udp) override;
    [[nodiscard]] std::optional<sip::Endpoint> door_outside(std::uint16_t udp) const override;
    [[nodiscard]] std::vector<sip::Endpoint> stun_servers() const override;
    [[nodiscard]] std::optional<asio::ip::address> outer_address() const override;
    [[nodiscard]] bool in_one_mesh(const asio::ip::address& a, const asio::ip::address& b) const override;
    void face_closed(sip::Doors::FaceId face) override;
    void face_moved(const sip::Doors::Face& face) override;
    void look_at_address() override { parts_.reach.look_soon(); }
    // BorrowingDriver::Host, LendingDriver::Host, RelayDoors
    [[nodiscard]] bool tell(const RelayCandidate& relay, const RelayFrame& frame) override;
    void door_lost(BorrowedDoors::Number door) override;
    [[nodiscard]] bool lends() const override;
    [[nodiscard]] bool is_ours(const asio::ip::address& address) const override;
    void tell(const crypto::PublicKey& borrower, const RelayFrame& frame) override;
    [[nodiscard]] std::vector<RelayFrame> asked(const crypto::PublicKey& by,
                                                const RelayFrame& frame) override;
    void left(const crypto::PublicKey& who, bool for_good) override;
    void told(const RelayCandidate& by, const RelayFrame& frame) override;
    [[nodiscard]] std::string says() const;
    void describe_friends(MediaStatus& status) const;
    void tell_relays();

    asio::io_context& loop_;
    const Parts parts_;
    BorrowingDriver borrowing_;  // outlives the doors, which have its ports
    DoorsDriver doors_;
    LendingDriver lending_;
    sip::MediaCalls calls_;
    std::unique_ptr<StunServerLoop> stun_;
    std::unique_ptr<EchoDriver> echo_;
    std::function<void(const std::string& call_id)> silent_told_;
    std::function<void(const sip::MediaMove& move)> moved_told_;
};

}  // namespace node
