// node/probe/home_sound.hpp - how the sound of a call gets into a home: what its node knows of it, and tells
// in one word to another node that pings it, over TLS alone. Text in, text out; any thread.
//     OPTIONS sip:192.0.2.1:5061   Hedgewitch-Sound: ?
//     200                          Hedgewitch-Sound: keeps
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sip/flow.hpp"

namespace node {

enum class HomeSound : std::uint8_t {
    unknown,  // nobody outside could be asked yet, or it is a node that does not tell
    opens,    // others can send to it: its router opens ports when it is asked, or none translates
    keeps,    // its router keeps to one port, and lets in who was sent to
    moves,    // its router gives each destination another port (a symmetric NAT)
    none      // the node holds no doors (media.door)
};
constexpr std::string_view sound_header = "Hedgewitch-Sound", sound_question = "?";

[[nodiscard]] std::string_view word(HomeSound sound) noexcept;
/// `unknown` for what is no word of these.
[[nodiscard]] HomeSound sound_of(std::string_view word) noexcept;

/// Is it that question, to this node itself?
[[nodiscard]] bool asks_for_sound(const sip::Flow& flow, std::string_view message);
/// REQUIRES: asks_for_sound().
[[nodiscard]] std::string sound_answer(const sip::Flow& flow, std::string_view message, HomeSound ours);

}  // namespace node
