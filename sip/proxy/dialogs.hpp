// sip/proxy/dialogs.hpp - the dialogs that came about through us: who began each, who answered, by which
// flows both are met, and what the one is shown of the other. With it a dialog is known by its Call-ID and
// tags alone, for clients that ignore Record-Route (RFC 3261 §12), and it is known when it is over: a token
// (flow_tokens.hpp) proves who speaks, this table says whether there is anything left to speak in.
// 1. A dialog is what a request that makes one has begun; forks are its answerers, each with its own tag.
// 2. What is over stays known as over, until newer dialogs need its room.
// 3. Bounded: 4,096 dialogs and 16 MiB. The oldest are forgotten, and with a restart all: then a token is
//    all there is, and opens less (edge/dialog_rights.hpp).
// SIP loop only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sip/proxy/flow_tokens.hpp"
#include "sip/proxy/from_rewrite.hpp"
#include "sip/recent_map.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

/// Makes a dialog, when it has no To tag yet (RFC 3261 §12.1, RFC 6665, RFC 3515).
[[nodiscard]] constexpr bool makes_dialog(Method method) noexcept {
    return method == Method::invite || method == Method::subscribe || method == Method::refer;
}

enum class DialogState : std::uint8_t {
    unknown,    // not in the table
    early,      // somebody rings, nobody has answered
    confirmed,  // by a 2xx
    ended,      // by a refusal or a BYE; or nobody with that tag has answered
};

/// Where one end of a dialog is met.
struct DialogEnd {
    FlowToken at;
    std::string target;              // its Contact
    std::vector<std::string> route;  // between us and it
};

struct Dialog {
    struct Answerer {
        std::string tag;
        DialogState state = DialogState::early;
        DialogEnd end;
    };
    std::string own, shown;  // From of who began it, as he wrote it, and as the callee is shown it
    std::string dialled;     // his To
    CallerMark mark;         // of who began it, from outside
    DialogEnd caller;
    std::array<std::string, 2> users;  // by Side: ours; empty: from outside
    std::array<bool, 2> events{};      // by Side: it has asked for events, so that a NOTIFY to it is no news
    bool subscription = false;         // it was not begun by an INVITE
    std::vector<Answerer> answerers;

    [[nodiscard]] const std::string& user(Side side) const { return users[static_cast<std::size_t>(side)]; }
};

class Dialogs {
public:
    static constexpr std::size_t max_dialogs = 4096, max_bytes = std::size_t{16} * 1024 * 1024;
    static constexpr std::size_t max_answerers = 4, max_text = 1024;  // of each text that is kept

    explicit Dialogs(const std::array<std::uint8_t, 32>& key) : tokens_(key) {}
    [[nodiscard]] const FlowTokens& tokens() const noexcept { return tokens_; }

    /// `request` makes one, and is passed on. One that lives under these names is left as it is: whoever is
    /// in it knows them.
    void begin(const MessageView& request, Dialog dialog);
    /// Somebody rings, or has answered: a response to what began it is passed on.
    void answered(const MessageView& response, DialogEnd callee);
    /// Nobody has.
    void refused(const MessageView& request);
    /// A request inside of it was passed on.
    void spoken(const MessageView& request);
    /// Its BYE has had its answer.
    void over(const MessageView& bye);

    struct Found {
        const Dialog* dialog = nullptr;  // null: not in the table
        Side sender = Side::caller;
        const Dialog::Answerer* answerer = nullptr;  // by his tag; null: none
        DialogState state = DialogState::unknown;
        [[nodiscard]] const DialogEnd* end(Side side) const {
            if (dialog != nullptr && side == Side::caller) return &dialog->caller;
            return answerer == nullptr ? nullptr : &answerer->end;
        }
    };
    /// The dialog of a request that is inside of one. Valid until the table changes.
    [[nodiscard]] Found find(const MessageView& request) const;
    /// What the receiver of this request is shown: the names that the dialog began with, whatever it says
    /// now. Nothing: the dialog is not known.
    [[nodiscard]] std::optional<FromRewrite> rewrite(const MessageView& request) const;
    [[nodiscard]] std::size_t size() const noexcept { return dialogs_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    using Id = std::pair<std::string, std::string>;  // Call-ID, the caller's tag
    [[nodiscard]] Dialog* found(const MessageView& message, Side sender);
    void forget(const Id& id);

    FlowTokens tokens_;
    RecentMap<Id, Dialog> dialogs_{max_dialogs};
    std::size_t bytes_ = 0;
};

}  // namespace sip
