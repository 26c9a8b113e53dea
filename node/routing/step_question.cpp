// node/routing/step_question.cpp - labels are canonical, hosts lowercase, and sips stays sips.
#include "node/routing/step_question.hpp"

#include <utility>

#include "crypto/name.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

void set_dialled(StepQuestion& target, sip::DialledUri dialled) {
    target.label = crypto::canonical_label(dialled.user).value_or("");
    target.dialled = std::move(dialled);
}

}  // namespace

StepQuestion step_question(const sip::RouteQuestion& question) {
    StepQuestion target;
    set_dialled(target, question.dialled);
    target.dialled.host = sip::lowercase(target.dialled.host);
    target.flow = question.flow;
    target.again = question.again;
    target.calls = question.calls;
    if (const auto caller = sip::UriView::parse(question.caller))
        target.caller = crypto::canonical_label(sip::unescape(caller->user)).value_or("");
    return target;
}

bool redial(StepQuestion& target, const std::string& text) {
    const auto uri = sip::UriView::parse(text);
    if (!uri || !uri->is_sip() || uri->user.empty() || uri->host.empty() ||
        uri->user.find('@') != std::string_view::npos)
        return false;
    const bool sips = target.dialled.sips;
    set_dialled(target, sip::dialled(*uri));
    target.dialled.sips = target.dialled.sips || sips;
    return true;
}

}  // namespace node
