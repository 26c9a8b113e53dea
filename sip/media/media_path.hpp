// sip/media/media_path.hpp - who looks after the sound of a call while the proxy passes its messages on. It
// is shown each message that may carry SDP, and may have another body go out in place of the one that came.
// Called from inside the proxy's functions, on the SIP loop; must not call back into them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sip/flow.hpp"
#include "sip/media/media_move.hpp"
#include "sip/relay_token.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

class MediaPath {
public:
    /// From whom to whom a message goes through us.
    struct Way {
        Flow from, to;
        bool from_phone = false, to_phone = false;  // the phone of a user of ours; said of what begins a call
        /// Whom of those that a request is forked to (ForwardRequest::targets). Of what begins a call, and of
        /// the answers to that; elsewhere the tags say it.
        std::size_t target = 0;
    };
    struct Passed {
        std::optional<std::string> body;  // nothing: as it came
        bool stays = false;               // we are needed in the dialog: only we know when it is over
    };

    /// A request that goes out: the same for each try, so that what is repeated says the same.
    [[nodiscard]] virtual Passed request(const MessageView& request, const Way& way) = 0;
    /// A response to such a request. `offered`: the request had a body.
    [[nodiscard]] virtual std::optional<std::string> response(const MessageView& response, const Way& way,
                                                              bool offered) = 0;
    /// Nobody has taken the call that this request was to begin.
    virtual void refused(const MessageView& request) = 0;
    /// The BYE has had its answer.
    virtual void over(const MessageView& bye) = 0;
    /// We have hung up ourselves, in the name of one who is gone.
    virtual void ended(std::string_view call_id, std::string_view caller_tag) = 0;
    enum class Moved : std::uint8_t {
        taken,
        no_door,  // the one whom he speaks to was told his address itself: only a new offer can change it
        refused,  // an address that he could not have
    };
    /// The edge of one side says that its doors are elsewhere. From `from` it came.
    [[nodiscard]] virtual Moved moved(const MediaMove& move, const Flow& from) = 0;
    /// The answered calls whose sound goes through us: Call-ID, the caller's tag.
    [[nodiscard]] virtual std::vector<std::pair<std::string, std::string>> through_us() const { return {}; }
    /// Would there be no sound without us? Of a call that is not passed on yet, so that it is not redirected.
    [[nodiscard]] virtual bool needs_us(const MessageView& request, const Flow& caller,
                                        const Endpoint& callee) const = 0;

protected:
    ~MediaPath() = default;
};

/// Whoever is behind a relay is somewhere in the Internet, wherever the relay is: it may be this very node.
[[nodiscard]] inline Flow beyond_relay(const Flow& flow) {
    return {flow.transport, {}, {address_beyond_relay(flow.remote.address), 5061}, 0};
}

/// RFC 3264, 3262, 3311: what may carry an offer or an answer.
[[nodiscard]] constexpr bool may_carry_sdp(Method method) noexcept {
    return method == Method::invite || method == Method::ack || method == Method::prack ||
           method == Method::update;
}

}  // namespace sip
