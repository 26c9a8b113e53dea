// sip/edge/dialog_rights.hpp - who may say what in a dialog that goes through us. One pure function, so that
// it can be read as the table that it is, and tested as one.
#pragma once

#include <cstdint>

#include "sip/proxy/dialogs.hpp"

namespace sip {

/// A request inside of a dialog, of whom the dialog's own token, or its flow and both tags, say that he is in
/// it.
struct Speech {
    Method method = Method::unknown;
    bool sender_ours = false, receiver_ours = false;  // the side of a user of ours
    DialogState state = DialogState::unknown;
    bool events_wanted = false;  // the receiver has asked for events (SUBSCRIBE, REFER)
};

enum class Right : std::uint8_t {
    pass,
    judge,   // it is news: passed on if a call of the same sender would ring, and counted as one
    refuse,  // 481: there is no such dialog (any more)
};

/// Our own users may say all they like until their dialog is over. Somebody from outside may say to one of
/// ours what belongs to the call that was answered; whatever begins something new is judged again.
[[nodiscard]] Right right_of(const Speech& speech);

}  // namespace sip
