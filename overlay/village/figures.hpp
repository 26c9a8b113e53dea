// overlay/village/figures.hpp - what `status` shows of the village. A value: any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace overlay {

/// The counters are of this run.
struct VillageFigures {
    std::size_t blocks = 0, bytes = 0;  // held
    std::uint64_t kept = 0, stale = 0, refused = 0, crowded = 0, let_go = 0;
    std::uint64_t said = 0, bytes_said = 0;  // datagrams of the exchange
    std::size_t put_for_others = 0;          // held, and put into the DHT: gate.hpp
    std::uint64_t answers = 0;               // names told without asking anybody
    static void fields(auto& self, auto& field) {
        field("village_blocks", self.blocks);
        field("village_bytes", self.bytes);
        field("village_kept", self.kept);
        field("village_stale", self.stale);
        field("village_refused", self.refused);
        field("village_crowded", self.crowded);
        field("village_let_go", self.let_go);
        field("village_said", self.said);
        field("village_bytes_said", self.bytes_said);
        field("village_answers", self.answers);
        field("village_put_for_others", self.put_for_others);
    }
};

}  // namespace overlay
