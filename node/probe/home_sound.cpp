// node/probe/home_sound.cpp - the words, the question and the answer.
#include "node/probe/home_sound.hpp"

#include <array>

#include "sip/syntax/builder.hpp"
#include "sip/syntax/message.hpp"
#include "sip/syntax/message_check.hpp"
#include "sip/syntax/uri.hpp"

namespace node {

std::string_view word(HomeSound sound) noexcept {
    switch (sound) {
        case HomeSound::unknown: return "unknown";
        case HomeSound::opens: return "opens";
        case HomeSound::keeps: return "keeps";
        case HomeSound::moves: return "moves";
        case HomeSound::none: return "none";
    }
    return "unknown";
}

HomeSound sound_of(std::string_view text) noexcept {
    constexpr std::array all = {HomeSound::opens, HomeSound::keeps, HomeSound::moves, HomeSound::none};
    for (const auto each : all)
        if (text == word(each)) return each;
    return HomeSound::unknown;
}

bool asks_for_sound(const sip::Flow& flow, std::string_view message) {
    if (flow.transport != sip::Transport::tls || !message.starts_with("OPTIONS ")) return false;
    const auto view = sip::MessageView::parse(message);
    if (!view || sip::check(*view) || view->header(sound_header) != sound_question) return false;
    const auto uri = sip::UriView::parse(view->request_uri());
    return uri && uri->user.empty();
}

std::string sound_answer(const sip::Flow& flow, std::string_view message, HomeSound ours) {
    const auto view = sip::MessageView::parse(message);
    if (!view) return {};
    return sip::ResponseBuilder(*view, flow, 200).add(sound_header, word(ours)).finish();
}

}  // namespace node
