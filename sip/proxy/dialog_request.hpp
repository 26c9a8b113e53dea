// sip/proxy/dialog_request.hpp - a request that we send inside of a dialog in the name of one side, to the
// other: what RFC 3261 §12.2.1.1 takes from the dialog's state, which here is that of a proxy who has heard
// both; and what an edge tells the next one about it. Values in, text out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sip/proxy/dialogs.hpp"
#include "sip/proxy/forward_request.hpp"

namespace sip {

/// The way to that side: its Contact, the Route beyond us, and its flow where that is the way.
[[nodiscard]] Hop hop_to(const Dialog& dialog, const Dialog::Answerer& answerer, Side to);

/// BYE to `to`, under the names that it knows, with a CSeq above all that it has heard from the other side.
/// `reason`: the value of Reason (RFC 3326). `via_branch`: new. `above`: so far, for what is written now and
/// said when more was heard (RFC 3261 §12.2.2: it need not follow closely).
[[nodiscard]] std::string bye_to(Side to, std::string_view call_id, const Dialog& dialog,
                                 const Dialog::Answerer& answerer, const Flow& flow,
                                 const std::string& via_branch, std::string_view reason,
                                 std::uint32_t above = 1);
/// The same request over another flow. REQUIRES: it was written here.
[[nodiscard]] std::string over_flow(std::string_view request, const Flow& flow,
                                    const std::string& via_branch);

/// INFO to the edge of that side, which is the next hop: no other may pass it on (Max-Forwards), and its CSeq
/// is of nobody's dialog. `body`: of media/media_move.hpp.
[[nodiscard]] std::string move_to(Side to, std::string_view call_id, const Dialog& dialog,
                                  const Dialog::Answerer& answerer, const Flow& flow,
                                  const std::string& via_branch, std::string_view body);

}  // namespace sip
