// sip/edge/dialog_rights.cpp - who may say what in a dialog.
#include "sip/edge/dialog_rights.hpp"

namespace sip {

namespace {

/// To the phone of ours, from outside.
Right of_outsider(const Speech& speech) {
    switch (speech.method) {
        case Method::ack:
        case Method::bye:
        case Method::cancel:
        case Method::prack:
        case Method::update:
        case Method::info:
        case Method::options: return Right::pass;
        // A re-INVITE belongs to a call that was answered. In any other it rings, or changes what rings.
        case Method::invite: return speech.state == DialogState::confirmed ? Right::pass : Right::judge;
        case Method::notify: return speech.events_wanted ? Right::pass : Right::judge;
        case Method::register_:
        case Method::subscribe:
        case Method::publish:
        case Method::refer:
        case Method::message:
        case Method::unknown: break;
    }
    return Right::judge;
}

}  // namespace

Right right_of(const Speech& speech) {
    if (!speech.sender_ours && !speech.receiver_ours) return Right::refuse;
    if (speech.state == DialogState::ended) {
        // Never answered, and perhaps the one that ends the retransmissions of a 2xx.
        return speech.method == Method::ack ? Right::pass : Right::refuse;
    }
    return speech.sender_ours ? Right::pass : of_outsider(speech);
}

}  // namespace sip
