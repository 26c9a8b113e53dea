// sip/media/media_calls.hpp - the offers and answers of each call (RFC 3264, 3261 §13.2.1, 3262 §5, 3311), as
// they pass: which of its streams need a door (media_ladder.hpp), which faces it is shown by, and where both
// sides are by the last answer.
// 1. An offer aims nothing; its answer does, and then for both sides. So a door carries nothing before
//    somebody answered, and a refused re-INVITE changes nothing.
// 2. A call that is forked has a leg for each target, by whose tag it is known later. Who answers ends the
//    others.
// 3. Where the other side is, its own SDP says, or the flow that it is met on. What comes from the Internet
//    aims no door into a private network, nor at a port below 1024.
// 4. A stream that has a door keeps it as long as the call lives.
// 5. Doors that have moved are told by their edge (media_move.hpp): what it says is held to the same rules as
//    an SDP, and aims a door that is open already; it opens none.
// 6. At most 256 calls are known. Those that are under way through a door make no room for others, in the
//    table or at the doors; those that ring do both.
// A core: no sockets, no clock. SIP loop only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sip/media/doors.hpp"
#include "sip/media/media_ladder.hpp"
#include "sip/media/media_path.hpp"
#include "sip/media/sdp_body.hpp"
#include "sip/recent_map.hpp"

namespace sip {

struct MediaCounters {
    // Streams, when their offer was answered.
    std::uint64_t untouched = 0, by_door = 0, by_friend = 0, silent = 0;
    std::uint64_t unreadable = 0;  // bodies that were passed on as they were
    std::uint64_t too_many = 0;    // calls that came when 256 were under way
    std::uint64_t moves = 0;       // of others' doors, that ours were aimed at
};

/// One stream of a call under way.
struct MediaReport {
    std::string call, kind;  // "alice -> bob", "audio"
    MediaChoice choice;
    std::string how;  // the address that the other side is shown, and whence it is; empty: none
    Doors::Traffic from_caller, from_callee;
};

class MediaCalls final : public MediaPath {
public:
    static constexpr std::size_t max_calls = 256, max_legs = 16, max_tags = 8;

    /// Borrows `doors`.
    MediaCalls(Doors& doors, bool doors_allowed) : doors_(doors), allowed_(doors_allowed) {}
    MediaCalls(const MediaCalls&) = delete;  // its faces are open once
    MediaCalls& operator=(const MediaCalls&) = delete;

    [[nodiscard]] Passed request(const MessageView& request, const Way& way) override;
    [[nodiscard]] std::optional<std::string> response(const MessageView& response, const Way& way,
                                                      bool offered) override;
    void refused(const MessageView& request) override;
    void over(const MessageView& bye) override;
    void ended(std::string_view call_id, std::string_view caller_tag) override;
    [[nodiscard]] Moved moved(const MediaMove& move, const Flow& from) override;
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> through_us() const override;
    [[nodiscard]] bool needs_us(const MessageView& request, const Flow& caller,
                                const Endpoint& callee) const override;

    /// What would be done for the sound of a phone that is met so, and says the address it is met at.
    [[nodiscard]] MediaChoice preview(const Flow& phone, const Endpoint& callee) const;
    /// Doors has closed it of itself, and the one it was joined with. The Call-ID of the answered call that
    /// has no door left by that: nobody in it says a word any more. Empty: there is none.
    std::string face_closed(Doors::FaceId face);
    /// Whom it is shown to can meet it there from now on. What the other edge is to be told of it; nothing:
    /// the call was not answered yet.
    [[nodiscard]] std::optional<MediaMove> face_moved(const Doors::Face& face);
    [[nodiscard]] std::vector<MediaReport> reports() const;
    [[nodiscard]] const MediaCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }

private:
    enum class Side : std::uint8_t { caller, callee };
    enum class Role : std::uint8_t { offer, answer };
    template <typename T>
    using BySide = std::array<T, 2>;

    struct Stream {
        std::string kind;
        MediaChoice choice;
        bool counted = false;
        BySide<std::optional<Doors::Face>> faces;  // by whom they are shown to
        BySide<std::optional<Doors::Peer>> said, agreed;
    };
    struct Leg {
        std::size_t target = 0;
        std::vector<std::string> tags;  // of who has spoken there
        std::vector<Stream> streams;
        std::optional<Side> offered;  // whose offer has no answer yet
        bool answered = false;        // by a 2xx
        BySide<bool> phones{};        // of users of ours
    };
    struct Call {
        std::string who;
        std::vector<Leg> legs;
        [[nodiscard]] bool answered() const;
        [[nodiscard]] bool has_faces() const;
    };
    using Id = std::pair<std::string, std::string>;  // Call-ID, the caller's tag
    struct Found {
        Call* call = nullptr;
        Side sender = Side::caller;
    };

    [[nodiscard]] static std::size_t index(Side side) noexcept { return static_cast<std::size_t>(side); }
    [[nodiscard]] static Side other(Side side) noexcept {
        return side == Side::caller ? Side::callee : Side::caller;
    }
    [[nodiscard]] Call* begun(const MessageView& invite);
    [[nodiscard]] Found found(const MessageView& message);
    [[nodiscard]] static Leg* leg_of(Call& call, std::string_view tag);
    [[nodiscard]] static Leg* leg_to(Call& call, std::size_t target, bool make);
    [[nodiscard]] bool make_room();
    [[nodiscard]] bool free_faces(const Stream& wanted_for);
    void end(const Id& id);
    void close(Leg& leg);
    void close(Stream& stream);

    [[nodiscard]] std::optional<std::string> pass(Leg& leg, const MessageView& message, Side from, Way way,
                                                  Role role);
    void decide(Stream& stream, const SdpStream& said, const Way& way, Role role) const;
    [[nodiscard]] const Doors::Face* face_for(Stream& stream, Side side, const Flow& towards);
    void agree(Leg& leg);
    void aim(Stream& stream);
    [[nodiscard]] static std::optional<Doors::Peer> moved_peer(const Doors::Peer& before,
                                                               const MediaMove::Stream& said,
                                                               const Flow& from);
    [[nodiscard]] MediaSight sight_of(const asio::ip::address& said, SdpIce ice, const Flow& speaker,
                                      const Flow& listener, Role role, bool asks_phone = false) const;
    [[nodiscard]] Flow before(const Flow& caller, const Endpoint& callee) const;

    Doors& doors_;
    const bool allowed_;
    RecentMap<Id, Call> calls_{max_calls};
    MediaCounters counters_;
};

}  // namespace sip
