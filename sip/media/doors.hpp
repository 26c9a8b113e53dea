// sip/media/doors.hpp - what a call's streams need of whoever has sockets: pairs of UDP ports on this
// machine, each pair a face that is shown to one side of a call. Two faces that are joined are a door: what
// comes to the one from its own side leaves by the other, as it is. In the daemon node/media has the sockets,
// in a test a script.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sip/flow.hpp"

namespace sip {

class Doors {
public:
    using FaceId = std::uint64_t;
    struct Face {
        FaceId id = 0;
        Endpoint rtp, rtcp;  // as that side is told
        std::string how;     // "a port that the router opened": of the sentence that explains it
        std::string lender;  // whose node has lent it; empty: it is ours
    };
    /// Where the side of a face is.
    struct Peer {
        std::optional<Endpoint> rtp, rtcp;         // what is for it goes there; nothing: not known yet, or it
                                                   // wants nothing now
        std::vector<asio::ip::address> addresses;  // from nobody else anything is taken
        bool outside = false;  // no phone of ours: a way through firewalls is opened to it
        bool rests = false;    // on hold: its silence says nothing
        friend bool operator==(const Peer&, const Peer&) = default;
    };
    struct Traffic {
        std::uint64_t packets = 0, bytes = 0;  // that came from there and went on
        std::uint64_t strangers = 0;           // from elsewhere
    };

    /// A face for the one who is met over `towards`. Nothing: there is no room, or no address that he could
    /// use; why_not() says which.
    [[nodiscard]] virtual std::optional<Face> open(const Flow& towards) = 0;
    [[nodiscard]] virtual std::string why_not() const = 0;
    /// Is it room that open() lacks?
    [[nodiscard]] virtual bool full() const { return false; }
    /// Whose node lends doors towards the Internet, where ours would not be met: our router gives each
    /// destination another port. Empty: nobody's, or none is needed.
    [[nodiscard]] virtual std::string lender() const { return {}; }
    /// Both are open, and of one door from now on.
    virtual void join(FaceId a, FaceId b) = 0;
    /// Nothing passes a door before both sides are known.
    virtual void aim(FaceId face, const Peer& peer) = 0;
    virtual void close(FaceId face) = 0;
    [[nodiscard]] virtual Traffic traffic(FaceId face) const = 0;
    /// Addresses in one network of the mesh reach each other without us.
    /// Which of our addresses leads there; unspecified: none.
    [[nodiscard]] virtual asio::ip::address own_address(const asio::ip::address& towards) const = 0;
    [[nodiscard]] virtual bool in_one_mesh(const asio::ip::address& a, const asio::ip::address& b) const = 0;

protected:
    ~Doors() = default;
};

}  // namespace sip
