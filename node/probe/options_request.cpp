// node/probe/options_request.cpp - writes the OPTIONS, and knows its responses by what only we could have
// asked.
#include "node/probe/options_request.hpp"

#include "crypto/base32.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/syntax/message.hpp"
#include "sip/syntax/message_check.hpp"

namespace node {
namespace {

constexpr std::size_t max_field = 512;  // a proof has 165
constexpr std::uint32_t cseq = 1;

std::size_t values(const sip::MessageView& message, sip::Header header) {
    std::size_t count = 0;
    message.each_value(header, [&count](std::string_view) { return ++count < 2; });
    return count;
}

}  // namespace

bool can_ask(sip::Transport transport) noexcept {
    return transport == sip::Transport::udp || transport == sip::Transport::tcp;
}

std::string sip_uri_of(std::string_view host) {
    const bool ipv6 = host.find(':') != std::string_view::npos;
    return ipv6 ? "sip:[" + std::string(host) + "]" : "sip:" + std::string(host);
}

OptionsRequest::OptionsRequest(const OptionsAsk& ask, const sip::Endpoint& local,
                               const crypto::Bytes<30>& random)
    : answer_field_(ask.answer_field) {
    const std::string text = crypto::base32_encode(random);  // 48 characters
    call_id_ = text.substr(0, 16);
    branch_ = "z9hG4bK" + text.substr(16, 16);
    tag_ = text.substr(32);
    text_ = sip::RequestBuilder(sip::Method::options, ask.uri)
                .add(sip::Header::via, "SIP/2.0/" + std::string(sip::name(ask.transport)) + " " +
                                           sip::to_string(local) + ";branch=" + branch_ + ";rport")
                .add(sip::Header::max_forwards, std::to_string(ask.max_forwards))
                // RFC 3323 §4.1.1.3: we ask for no user of ours, and hope for no call back.
                .add(sip::Header::from, "<sip:anonymous@anonymous.invalid>;tag=" + tag_)
                .add(sip::Header::to, "<" + ask.uri + ">")
                .add(sip::Header::call_id, call_id_)
                .add(sip::Header::cseq, std::to_string(cseq) + " OPTIONS")
                .add(sip::Header::accept, "application/sdp")  // §11.1: SHOULD
                // No version, as in Server: those who are asked need not know what fits it.
                .add(sip::Header::user_agent, "Hedgewitch")
                .add(ask.field, ask.value)
                .finish();
}

std::optional<OptionsReply> OptionsRequest::read(std::string_view wire) const {
    const auto message = sip::MessageView::parse(wire);
    if (!message || message->is_request()) return std::nullopt;  // what others ask here is not answered
    if (sip::check(*message)) return std::nullopt;               // RFC 3261 §18.3
    // §8.1.3.3: "If more than one Via header field value is present in a response, the UAC SHOULD discard the
    // message."
    if (values(*message, sip::Header::via) != 1) return std::nullopt;
    const auto via = message->top_via();
    const auto number = message->cseq();
    if (!via || via->branch() != branch_) return std::nullopt;
    if (!number || number->number != cseq || number->method != "OPTIONS") return std::nullopt;
    if (message->call_id() != call_id_ || message->from_tag() != tag_) return std::nullopt;
    OptionsReply reply{message->status(), {}};
    if (reply.status >= 200 && reply.status < 300 && !answer_field_.empty()) {
        if (const auto field = message->header(answer_field_)) reply.field = field->substr(0, max_field);
    }
    return reply;
}

}  // namespace node
