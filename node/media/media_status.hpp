// node/media/media_status.hpp - what `hedgewitch status` is told of the sound of calls. Values only: any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/json_fields.hpp"

namespace node {

/// A stream of a call under way.
struct StreamStatus {
    std::string call, kind;                                         // "alice -> bob", "audio"
    std::string step, because, how;                                 // "door", why, and at which addresses
    std::uint64_t from_caller = 0, from_callee = 0, strangers = 0;  // packets
    static void fields(auto& self, auto& field) {
        field("call", self.call);
        field("kind", self.kind);
        field("step", self.step);
        field("because", self.because);
        field("how", self.how);
        field("from_caller", self.from_caller);
        field("from_callee", self.from_callee);
        field("strangers", self.strangers);
    }
};

/// Doors that friends' nodes lend to this one.
struct BorrowedStatus {
    std::string lender;    // whose; empty: nobody's
    std::size_t open = 0;  // now
    std::uint64_t asked = 0, refused = 0, silent = 0, ended = 0;
    static void fields(auto& self, auto& field) {
        field("lender", self.lender);
        field("open", self.open);
        field("asked", self.asked);
        field("refused", self.refused);
        field("silent", self.silent);
        field("ended", self.ended);
    }
};

/// Doors that this node lends to contacts.
struct LendingStatus {
    bool lends = false;    // reach.relay_media
    std::size_t open = 0;  // now
    std::uint64_t lent = 0, refused = 0, ended = 0;
    std::uint64_t packets = 0, bytes = 0, strangers = 0, over = 0, bad_aims = 0;
    static void fields(auto& self, auto& field) {
        field("lends", self.lends);
        field("open", self.open);
        field("lent", self.lent);
        field("refused", self.refused);
        field("ended", self.ended);
        field("packets", self.packets);
        field("bytes", self.bytes);
        field("strangers", self.strangers);
        field("over", self.over);
        field("bad_aims", self.bad_aims);
    }
};

struct FriendsDoorsStatus {
    std::uint64_t streams = 0;  // of our calls that went by a friend's door
    BorrowedStatus borrowed;
    LendingStatus lending;
    static void fields(auto& self, auto& field) {
        field("streams", self.streams);
        field("borrowed", self.borrowed);
        field("lending", self.lending);
    }
};

/// Of our doors; their fields stand among the others.
struct DoorsStatus {
    std::size_t open = 0, ahead = 0;
    std::uint64_t opened = 0, refused = 0, fell_silent = 0;
    std::uint64_t moved = 0;  // met elsewhere from then on
    std::uint64_t packets = 0, bytes = 0, strangers = 0, astray = 0;
    static void fields(auto& self, auto& field) {
        field("doors_open", self.open);
        field("doors_ahead", self.ahead);
        field("doors_opened", self.opened);
        field("doors_refused", self.refused);
        field("doors_fell_silent", self.fell_silent);
        field("doors_moved", self.moved);
        field("packets", self.packets);
        field("bytes", self.bytes);
        field("strangers", self.strangers);
        field("astray", self.astray);
    }
};

struct MediaStatus {
    std::string door, says;                 // as configured; a sentence, or two
    std::vector<std::string> stun_servers;  // what may be written into phones
    // MediaCounters
    std::uint64_t untouched = 0, by_door = 0, silent = 0, unreadable = 0, too_many = 0;
    DoorsStatus doors;
    std::uint64_t moves_heard = 0;  // others' doors were met elsewhere from then on
    std::uint64_t stun_answers = 0;
    FriendsDoorsStatus friends;
    std::vector<StreamStatus> streams;
    static void fields(auto& self, auto& field) {
        field("door", self.door);
        field("says", self.says);
        field("stun_servers", self.stun_servers);
        field("untouched", self.untouched);
        field("by_door", self.by_door);
        field("silent", self.silent);
        field("unreadable", self.unreadable);
        field("too_many", self.too_many);
        DoorsStatus::fields(self.doors, field);
        field("moves_heard", self.moves_heard);
        field("stun_answers", self.stun_answers);
        field("friends", self.friends);
        field("streams", self.streams);
    }
};

}  // namespace node
