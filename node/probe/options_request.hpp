// node/probe/options_request.hpp - the OPTIONS that one target is asked, and which bytes are its answer. Text
// in, text out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/probe/edge_proof.hpp"
#include "sip/flow.hpp"

namespace node {

struct EdgeReply {
    int status = 0;
    std::string proof;  // Hedgewitch-Key of a 2xx; unchecked
};

class EdgeQuestion {
public:
    /// `local`: where the answer is to go, as far as we know our address. `challenge`: challenge_text().
    /// `dice`: fresh random bytes; nobody
    /// who does not see the request can then answer it.
    EdgeQuestion(std::string_view domain, sip::Transport transport, const sip::Endpoint& local,
                 std::string_view challenge, const crypto::Bytes<30>& dice);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// Empty: these bytes are no response to this question (RFC 3261 §17.1.3, §8.1.3.3), whatever else they
    /// are.
    [[nodiscard]] std::optional<EdgeReply> read(std::string_view wire) const;

private:
    std::string call_id_, branch_, tag_, text_;
};

}  // namespace node
