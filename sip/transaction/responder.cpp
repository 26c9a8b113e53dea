// sip/transaction/responder.cpp - writes the answers to requests, and sends them.
#include "sip/transaction/responder.hpp"

#include <utility>

#include "sip/syntax/builder.hpp"
#include "sip/transaction/reply_flow.hpp"

namespace sip {

Responder::Responder(std::string server, const std::array<std::uint8_t, 32>& secret,
                     ServerTransactions::Limits limits, Output& output)
    : server_(std::move(server)), output_(output), transactions_(secret, limits, output) {}

std::string Responder::write(const MessageView& request, const Flow& flow, const Key& tag,
                             const Answer& answer) const {
    ResponseBuilder response(request, flow, answer.status, answer.reason, transactions_.tag_of(tag));
    for (const auto& [field, value] : answer.fields)
        response.add(field, value);
    if (!server_.empty()) response.add(Header::server, server_);
    return response.finish();
}

void Responder::answer_stateless(const Key& key, const MessageView& request, const Flow& flow,
                                 const Answer& answer) {
    std::string bytes = write(request, flow, key, answer);
    if (flow.transport == Transport::udp && bytes.size() > amplification * request.wire().size()) {
        ++withheld_;
        return;
    }
    ++answers_[answer.status];
    output_.send(reply_flow(request, flow), std::move(bytes));
}

bool Responder::open(const Key& key, const MessageView& request, const Flow& flow) {
    if (transactions_.open(key, request, flow)) return true;
    answer_stateless(key, request, flow, overloaded());
    return false;
}

void Responder::trying(const Key& key, const MessageView& request, const Flow& flow) {
    transactions_.provisional(key, ResponseBuilder(request, flow, 100).finish());
}

void Responder::finish(const Key& key, const MessageView& request, const Flow& flow, const Answer& answer,
                       Resend resend, Time now) {
    if (transactions_.final(key, answer.status, write(request, flow, key, answer), resend, now))
        ++answers_[answer.status];
}

// §8.2.2.2, of answers that speak for the callee: what a fork upstream learns of both ways counts once. What
// is said of the caller (401, 403), or of a way, is said to each.
Answer Responder::unless_merged(const Key& key, const MessageView& request, const Answer& answer) {
    if (answer.status != 404 && answer.status != 480 && answer.status != 504) return answer;
    if (transactions_.merged(key, request)) return {482, {}, {}};
    transactions_.serve(key, request);
    return answer;
}

void Responder::accept_cancel(const Key& key, const Key& invite, const MessageView& cancel, const Flow& flow,
                              Time now) {
    if (!transactions_.open(key, cancel, flow)) return answer_stateless(invite, cancel, flow, {200, {}, {}});
    ++answers_[200];
    transactions_.final(key, 200, write(cancel, flow, invite, {200, {}, {}}), Resend::no, now);
}

void Responder::pass_on(const Key& key, int status, std::string bytes, Time now) {
    if (status < 200) return transactions_.provisional(key, std::move(bytes));
    if (transactions_.final(key, status, std::move(bytes), Resend::until_ack, now)) ++answers_[status];
}

}  // namespace sip
