// sip/edge/own_requests.cpp - sends what the edge has to say of itself.
#include "sip/edge/own_requests.hpp"

#include <utility>

#include "sip/proxy/branch_request.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/syntax/request_uri.hpp"

namespace sip {

OwnRequests::OwnRequests(const std::array<std::uint8_t, 32>& secret, Output& output)
    : key_(derived_key<16>(secret, "hedgewitch/sip/own-requests")),
      output_(output),
      clients_({max_requests, max_bytes}, output) {}

std::string OwnRequests::unique() {
    return KeyedHash().add(std::to_string(++last_)).hex(key_);
}

void OwnRequests::ask(const Flow& flow, std::string_view uri, const Endpoint& own, Time now) {
    if (clients_.full() || !asking_.insert(flow).second) return;
    const std::string id = unique(), branch = "z9hG4bKo" + id;
    const std::string text = RequestBuilder(Method::options, as_request_uri(uri))
                                 .add(Header::via, "SIP/2.0/" + std::string(name(flow.transport)) + " " +
                                                       to_string(flow.local) + ";branch=" + branch + ";rport")
                                 .add(Header::max_forwards, "1")  // it is for him alone
                                 .add(Header::from, "<sip:" + to_string(own) + ">;tag=" + id)
                                 .add(Header::to, "<" + std::string(uri) + ">")
                                 .add(Header::call_id, id)
                                 .add(Header::cseq, "1 OPTIONS")
                                 .add(Header::accept, "application/sdp")  // RFC 3261 §11.1: SHOULD
                                 .finish();
    sent_[branch] = {flow, true};
    clients_.start(branch, flow, Method::options, text, now);
}

bool OwnRequests::hang_up(Side to, std::string_view call_id, const Dialog& dialog,
                          const Dialog::Answerer& answerer, std::string_view reason, Time now) {
    if (clients_.full()) return false;
    Hop hop = hop_to(dialog, answerer, to);
    auto flow = flow_of(hop, output_);
    if (!flow && hop.flow) {  // its connection is gone, and it may listen where it says
        hop.flow.reset();
        flow = flow_of(hop, output_);
    }
    if (!flow) return false;
    const std::string branch = "z9hG4bKo" + unique();
    sent_[branch] = {*flow, false};
    clients_.start(branch, *flow, Method::bye, bye_to(to, call_id, dialog, answerer, *flow, branch, reason),
                   now);
    return true;
}

std::optional<OwnRequests::Reply> OwnRequests::receive(const MessageView& response, Time now) {
    const auto via = response.top_via();
    const auto found = via ? sent_.find(std::string(via->branch())) : sent_.end();
    if (found == sent_.end()) return std::nullopt;
    Reply reply;
    if (clients_.receive(response, now) == ClientTransactions::Outcome::news && found->second.ask &&
        !std::exchange(found->second.answered, true)) {
        asking_.erase(found->second.flow);
        reply.heard = Heard{found->second.flow, true};
    }
    return reply;
}

std::vector<OwnRequests::Heard> OwnRequests::ended(const std::vector<ClientTransactions::Event>& events) {
    std::vector<Heard> heard;
    for (const auto& event : events) {
        const auto found = sent_.find(event.branch);
        if (found == sent_.end()) continue;
        if (found->second.ask && !found->second.answered) {
            asking_.erase(found->second.flow);
            heard.push_back({found->second.flow, false});
        }
        sent_.erase(found);
    }
    return heard;
}

}  // namespace sip
