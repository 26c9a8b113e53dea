// node/media/doors_driver.hpp - the sockets of doors: opens pairs of UDP ports, learns where others see them,
// forwards what comes. What is taken from whom is DoorSide's to say.
// 1. A face towards a network that we have an address in is bound to that address. One towards the Internet,
//    when our own address is private, is of the pool: ports that the router sends on, or of which nodes
//    outside have said where they see them.
// 2. The pool has four pairs ahead, so that a call need not wait for the router; as many as that come back
//    from calls that are over, the others are closed.
// 3. A face of the pool that is met elsewhere than before (another address of the router's) is told of
//    (door_place.hpp).
// 4. At most 256 faces (two a stream), less where descriptors are few; each packet goes to one place or
//    nowhere; nothing is kept of it.
// SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/media/borrowing_driver.hpp"
#include "node/media/door_pair_driver.hpp"
#include "node/media/door_side.hpp"
#include "node/media/door_sight.hpp"
#include "node/wake_timer.hpp"
#include "sip/alive.hpp"
#include "sip/media/doors.hpp"

namespace node {

struct DoorCounters {
    std::uint64_t opened = 0, refused = 0;    // faces; refused: no room, or no address
    std::uint64_t fell_silent = 0;            // closed, for nothing came any more
    std::uint64_t moved = 0;                  // faces that were met elsewhere from then on
    std::uint64_t packets = 0, bytes = 0;     // forwarded
    std::uint64_t strangers = 0, astray = 0;  // from elsewhere; for a side of which is not known where
    std::size_t open = 0, pool = 0;
};

class DoorsDriver final : public sip::Doors, private DoorPair::User {
public:
    /// What it needs of the node. Called from inside the driver's functions.
    class Host : public DoorSight::Host {
    public:
        virtual void set_door_ports(std::set<std::uint16_t> udp) = 0;
        [[nodiscard]] virtual bool in_one_mesh(const asio::ip::address& a,
                                               const asio::ip::address& b) const = 0;
        /// A door was closed since nobody uses it.
        virtual void face_closed(FaceId face) = 0;
        /// The side that it is shown to meets it there from now on.
        virtual void face_moved(const Face& face) = 0;
        /// Somebody outside fell silent: our address may be another one, and the router should be asked.
        virtual void look_at_address() = 0;

    protected:
        ~Host() = default;
    };
    static constexpr std::size_t pairs_ahead = 4;

    /// Opens nothing yet. Borrows the host.
    DoorsDriver(asio::io_context& loop, Host& host, std::size_t most_faces);
    ~DoorsDriver();
    DoorsDriver(const DoorsDriver&) = delete;  // sockets point back here
    DoorsDriver& operator=(const DoorsDriver&) = delete;

    /// Whom doors of friends' nodes are borrowed by, where our router gives each destination another port.
    /// Outlives this; a borrowed one that is lost is told by door_lost().
    void set_friends(BorrowingDriver& friends) { friends_ = &friends; }
    void door_lost(BorrowedDoors::Number door);

    /// A pair that others in the Internet reach, and where. Nothing: there is none, or no room. It is the
    /// user's until take_back().
    struct Reached {
        std::unique_ptr<DoorPair> pair;
        sip::Endpoint rtp, rtcp;
    };
    [[nodiscard]] std::optional<Reached> lend_pair(DoorPair::User& user);
    void take_back(std::unique_ptr<DoorPair> pair);
    /// Is a port of ours seen there?
    [[nodiscard]] bool shows(const sip::Endpoint& at) const { return board_.shown.contains(at); }

    /// Opens the pool. `more`: ports of ours that the router should send on as well.
    void start(std::set<std::uint16_t> more);
    /// Calls `ready` once, at once or within half a second: when it is known where others see the pool.
    void prepare(std::function<void()> ready);
    /// What is known of our addresses may be other than before.
    void look_soon();
    /// How the pool is reached from outside, in words.
    [[nodiscard]] std::string outside_says() const;
    /// Did two nodes see two ports? Nothing: it is not known.
    [[nodiscard]] std::optional<bool> symmetric() const noexcept { return sight_.symmetric(); }
    /// And it opens no port either. Nothing: it is not known.
    [[nodiscard]] std::optional<bool> needs_friend() const;
    [[nodiscard]] DoorCounters counters() const;

    [[nodiscard]] std::optional<Face> open(const sip::Flow& towards) override;
    [[nodiscard]] std::string why_not() const override { return why_not_; }
    [[nodiscard]] bool full() const override { return faces_.size() + lent_ports_.size() / 2 >= most_faces_; }
    [[nodiscard]] std::string lender() const override;
    void join(FaceId a, FaceId b) override;
    void aim(FaceId face, const Peer& peer) override;
    void close(FaceId face) override;
    [[nodiscard]] Traffic traffic(FaceId face) const override;
    [[nodiscard]] asio::ip::address own_address(const asio::ip::address& towards) const override;
    [[nodiscard]] bool in_one_mesh(const asio::ip::address& a, const asio::ip::address& b) const override {
        return host_.in_one_mesh(a, b);
    }

private:
    struct OpenFace;
    using Time = DoorSide::Time;

    [[nodiscard]] std::unique_ptr<DoorPair> bind_pair(const asio::ip::address& local);
    void fill_pool();
    void tell_ports();
    [[nodiscard]] std::optional<DoorPorts> take_from_pool();
    [[nodiscard]] DoorPorts* in_pool(const DoorPair& pair);
    [[nodiscard]] std::optional<Face> open_by_friend();
    [[nodiscard]] Face opened(Face face, DoorPorts ports, std::optional<BorrowedDoors::Taken> borrowed);
    [[nodiscard]] static Peer at_friend(const BorrowedDoors::Taken& door, const Peer& peer);
    void ask_outside();
    void go_on_asking();
    void look_for_moves(Time now);
    void told_where_seen();
    void came(DoorPair& pair, Component component, const sip::Endpoint& source,
              std::string_view datagram) override;
    void wake();
    void wake_soon(Time at);
    void open_ways(OpenFace& face, Time now);
    void close_silent(Time now);

    asio::io_context& loop_;
    Host& host_;
    const std::size_t most_faces_;
    BorrowingDriver* friends_ = nullptr;
    DoorPair::Board board_;
    DoorSight sight_;
    DoorSight::Pool pool_;  // the one that lies longest first
    std::map<FaceId, std::unique_ptr<OpenFace>> faces_;
    std::set<std::uint16_t> more_ports_, lent_ports_, told_ports_;
    FaceId last_ = 0;
    std::string why_not_;
    std::vector<std::function<void()>> waiting_;  // for where the pool is seen
    DoorCounters counters_;
    WakeTimer timer_;
    bool started_ = false;
    sip::Alive alive_;
};

}  // namespace node
