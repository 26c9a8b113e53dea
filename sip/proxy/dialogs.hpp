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
#include <string_view>
#include <utility>
#include <vector>

#include "sip/peer.hpp"
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
        bool stays = false;    // our Record-Route stands in his answer: what follows comes through us
        bool hung_up = false;  // by a BYE
    };
    std::string own, shown;       // From of who began it, as he wrote it, and as the callee is shown it
    std::string dialled;          // his To
    CallerMark mark;              // of who began it, from outside
    std::vector<KeyHash> called;  // by whose keys the nodes were known that it went to
    DialogEnd caller;
    std::array<std::string, 2> users;  // by Side: ours; empty: from outside
    std::array<bool, 2> events{};      // by Side: it has asked for events, so that a NOTIFY to it is no news
    // By Side: the highest CSeq that it has used. Who has used none may begin with any (RFC 3261 §12.1.1).
    std::array<std::uint32_t, 2> cseq{};
    bool subscription = false;  // it was not begun by an INVITE
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
    /// Somebody rings, or has answered: a response to what began it is passed on. `stays`: as Answerer's.
    void answered(const MessageView& response, DialogEnd callee, bool stays);
    /// Nobody has.
    void refused(const MessageView& request);
    /// A request inside of it was passed on.
    void spoken(const MessageView& request);
    /// A 2xx to one was: §12.2.1.2, its Contact may be another.
    void replied(const MessageView& response);
    /// Its BYE has had its answer.
    void over(const MessageView& bye);

    /// Which call: by its names.
    struct CallId {
        std::string call_id, caller, callee;  // the tags
        friend auto operator<=>(const CallId&, const CallId&) = default;
    };
    /// Nobody has answered this request inside of it, and no way leads there.
    void unanswered(const MessageView& request);
    /// Those since the last look.
    [[nodiscard]] std::vector<CallId> take_unanswered() { return std::exchange(unanswered_, {}); }
    struct Call {
        const Dialog* dialog = nullptr;
        const Dialog::Answerer* answerer = nullptr;
    };
    /// As each_call(); null: it is none, or not any more.
    [[nodiscard]] Call find_call(const CallId& id) const;
    /// We have hung up in the name of one.
    void hung_up(const CallId& id);

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
    /// Each call that was answered and stays with us, and is not over: `f(CallId, dialog, answerer)`.
    template <typename F>
    void each_call(F&& f) const {
        for (const auto& [id, dialog] : dialogs_) {
            for (const Dialog::Answerer& answerer : dialog.answerers) {
                if (answerer.stays && !dialog.subscription && answerer.state == DialogState::confirmed)
                    f(CallId{id.first, id.second, answerer.tag}, dialog, answerer);
            }
        }
    }
    /// Whoever was met on `lost` is met on `now` from here on.
    void moved(const Flow& lost, const Flow& now);
    /// The answered calls of these that stay with us, as each_call().
    [[nodiscard]] std::vector<CallId> calls_of(std::string_view call_id, std::string_view caller_tag) const;
    /// Goes up when a call is answered or over, or an end of it is met elsewhere.
    [[nodiscard]] std::uint64_t changes() const noexcept { return changes_; }
    /// How many calls were answered so far: who looks after them sees that there is one more.
    [[nodiscard]] std::uint64_t confirmed() const noexcept { return confirmed_; }
    [[nodiscard]] std::size_t size() const noexcept { return dialogs_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    using Id = std::pair<std::string, std::string>;  // Call-ID, the caller's tag
    [[nodiscard]] Dialog* found(const MessageView& message, Side sender);
    void forget(const Id& id);
    void retarget(Dialog& dialog, Side side, std::string_view answerer, const MessageView& message);

    FlowTokens tokens_;
    RecentMap<Id, Dialog> dialogs_{max_dialogs};
    std::size_t bytes_ = 0;
    std::uint64_t confirmed_ = 0, changes_ = 0;
    std::vector<CallId> unanswered_;
};

}  // namespace sip
