// sip/proxy/dialog_tracker.cpp - begun, answered, refused, unanswered, over.
#include "sip/proxy/dialog_tracker.hpp"

#include <utility>

#include "sip/media/media_path.hpp"
#include "sip/proxy/record_route.hpp"
#include "sip/proxy/session_timer.hpp"

namespace sip {

namespace {

bool of_the_call(Method method) {
    return method == Method::invite || method == Method::update || method == Method::prack ||
           method == Method::info;
}

}  // namespace

MediaPath::Passed DialogTracker::request(const ResponseContext& c, std::size_t target, const Hop& hop,
                                         const Flow& flow) {
    MediaPath* media = may_carry_sdp(c.forward.request.method()) ? host_.media() : nullptr;
    if (media == nullptr) return {};
    return media->request(c.forward.request, {c.forward.flow, relayed(hop) ? beyond_relay(flow) : flow,
                                              c.forward.caller_is_ours, hop.phone, target});
}

std::optional<std::string> DialogTracker::ack(const MessageView& ack, const Flow& came_on, const Hop& hop,
                                              const Flow& flow) {
    MediaPath* media = host_.media();
    if (media == nullptr) return std::nullopt;
    return media->request(ack, {came_on, flow, false, hop.phone, 0}).body;
}

std::string DialogTracker::response(const ResponseContext& c, const Branch& b, const MessageView& response) {
    AnsweredRoute route = answered_route(response, dialogs_.tokens());
    if (response.status() < 300 && c.makes_dialog) {
        const auto kind = b.phone || b.relayed ? FlowToken::Kind::flow : FlowToken::Kind::hop;
        const auto contact = uri_in(response.header(Header::contact).value_or(""));
        dialogs_.answered(response,
                          {{kind, b.flow, b.phone, Side::callee},
                           contact.empty() ? b.uri : std::string(contact),
                           std::move(route.beyond)},
                          route.ours);
    } else if (response.status() < 300) {
        dialogs_.replied(response);
    }
    std::optional<std::string> body;
    MediaPath* media = may_carry_sdp(response.method()) ? host_.media() : nullptr;
    if (media != nullptr)
        body = media->response(response,
                               {b.relayed ? beyond_relay(b.flow) : b.flow, c.forward.flow, b.phone,
                                c.forward.caller_is_ours, b.target},
                               c.has_body);
    return forwarded_response(
        response, {.names = &c.names,
                   .record_route = &route.values,
                   .from_stranger = !b.phone && c.forward.caller_is_ours,
                   .body = body ? &*body : nullptr,
                   .session_expires = c.session && knows_no_timer(response) ? &*c.session : nullptr});
}

void DialogTracker::refused(const ResponseContext& c, const Refusal& best) {
    const MessageView& request = c.forward.request;
    MediaPath* media = c.invite ? host_.media() : nullptr;
    if (c.makes_dialog) dialogs_.refused(request);
    if (c.makes_dialog && media != nullptr) media->refused(request);
    // §12.2.1.2: "If the response for a request within a dialog is a 481 or a 408 [..] the UAC SHOULD
    // terminate the dialog". Here: of a call (RFC 5057 §5.1), when nobody has said anything.
    if (!request.to_tag().empty() && of_the_call(request.method()) && best.bytes.empty() &&
        best.status == 408 && !c.cancelled)
        dialogs_.unanswered(request);
    // RFC 3261 §12.2.1.2, §15.1.1: it is over too when nobody knows it there, or nobody answers.
    if (best.status == 408 || best.status == 481) hung_up(c);
}

void DialogTracker::hung_up(const ResponseContext& c) {
    if (c.forward.request.method() != Method::bye) return;
    dialogs_.over(c.forward.request);
    if (MediaPath* media = host_.media()) media->over(c.forward.request);
}

}  // namespace sip
