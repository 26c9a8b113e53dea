// node/probe/options_request.hpp - the OPTIONS that somebody is asked with a field of ours, and which bytes
// are its answer. Text in, text out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/bytes.hpp"
#include "sip/flow.hpp"

namespace node {

/// Is this a transport that we can ask over?
[[nodiscard]] bool can_ask(sip::Transport transport) noexcept;

struct OptionsAsk {
    sip::Transport transport = sip::Transport::udp;  // REQUIRES: can_ask(transport)
    sip::Endpoint to;
    std::string uri;           // the Request-URI
    std::string field, value;  // ours: Hedgewitch-Challenge, ...
    std::string answer_field;  // which field of a 2xx is wanted; empty: none
    unsigned max_forwards = 70;
};

struct OptionsReply {
    int status = 0;
    std::string field;  // `answer_field` of a 2xx; cut, and unchecked
};

class OptionsRequest {
public:
    /// `local`: where the answer is to go, as far as we know our address. `random`: fresh random bytes;
    /// nobody who does not see the request can then answer it.
    OptionsRequest(const OptionsAsk& ask, const sip::Endpoint& local, const crypto::Bytes<30>& random);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// Empty: these bytes are no response to this request (RFC 3261 §17.1.3, §8.1.3.3), whatever else they
    /// are.
    [[nodiscard]] std::optional<OptionsReply> read(std::string_view wire) const;

private:
    std::string answer_field_;
    std::string call_id_, branch_, tag_, text_;
};

/// "sip:example.org", "sip:[2001:db8::1]"
std::string sip_uri_of(std::string_view host);

}  // namespace node
