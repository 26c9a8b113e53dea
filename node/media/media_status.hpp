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

struct MediaStatus {
    std::string door, says;                 // as configured; a sentence, or two
    std::vector<std::string> stun_servers;  // what may be written into phones
    std::uint64_t untouched = 0, by_door = 0, silent = 0, unreadable = 0, too_many = 0;  // MediaCounters
    std::size_t doors_open = 0, doors_ahead = 0;
    std::uint64_t doors_opened = 0, doors_refused = 0, doors_fell_silent = 0;
    std::uint64_t doors_moved = 0, moves_heard = 0;  // ours were met elsewhere from then on; others' were
    std::uint64_t packets = 0, bytes = 0, strangers = 0, astray = 0;
    std::uint64_t stun_answers = 0;
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
        field("doors_open", self.doors_open);
        field("doors_ahead", self.doors_ahead);
        field("doors_opened", self.doors_opened);
        field("doors_refused", self.doors_refused);
        field("doors_fell_silent", self.doors_fell_silent);
        field("doors_moved", self.doors_moved);
        field("moves_heard", self.moves_heard);
        field("packets", self.packets);
        field("bytes", self.bytes);
        field("strangers", self.strangers);
        field("astray", self.astray);
        field("stun_answers", self.stun_answers);
        field("streams", self.streams);
    }
};

}  // namespace node
