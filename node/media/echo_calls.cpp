// node/media/echo_calls.cpp - the few answers of a phone that only listens.
#include "node/media/echo_calls.hpp"

#include <algorithm>

#include "sip/media/sdp_body.hpp"
#include "sip/proxy/forwarded_message.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/syntax/message_check.hpp"
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/next_hop.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds t1 = 500ms,
                                    t2 = 4s;  // RFC 3261 §13.3.1.4: a 2xx is said again until its ACK comes

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

bool can_be_sent_back(const sip::SdpStream& stream) {
    return stream.kind == "audio" && stream.port != 0 && stream.strange.empty() &&
           stream.protocol.starts_with("RTP/");
}

/// The stream that is echoed.
std::optional<std::size_t> chosen(const sip::SdpView& sdp) {
    const auto& all = sdp.streams();
    const auto found = std::find_if(all.begin(), all.end(), can_be_sent_back);
    if (found == all.end()) return std::nullopt;
    return static_cast<std::size_t>(found - all.begin());
}

std::string_view word_at(std::string_view text, std::size_t index) {
    for (; index > 0; --index)
        text.remove_prefix(std::min(text.find(' '), text.size() - 1) + 1);
    return text.substr(0, text.find(' '));
}

/// Of the offered attributes those that the answer repeats: the codec's, and the first key (RFC 4568).
void repeat(std::string_view line, std::string_view format, bool& keyed, std::string& out) {
    const auto of_codec = [&](std::string_view name) {
        const std::string begin = "a=" + std::string(name) + ":" + std::string(format) + " ";
        return line.starts_with(begin);
    };
    const bool key = line.starts_with("a=crypto:") && !keyed;
    keyed = keyed || key;
    std::string_view said = line;
    if (line == "a=sendonly") said = "a=recvonly";
    if (line == "a=recvonly") said = "a=sendonly";
    if (of_codec("rtpmap") || of_codec("fmtp") || key || said != line || line == "a=inactive")
        out += std::string(said) + "\r\n";
}

}  // namespace

std::optional<sip::Endpoint> phone_in(std::string_view offer) {
    const auto sdp = sip::SdpView::parse(offer);
    const auto stream = sdp ? chosen(*sdp) : std::nullopt;
    if (!stream) return std::nullopt;
    return sdp->streams()[*stream].rtp_at();
}

std::optional<EchoAnswer> echo_answer(std::string_view offer, const sip::Endpoint& at) {
    const auto sdp = sip::SdpView::parse(offer);
    const auto stream = sdp ? chosen(*sdp) : std::nullopt;
    if (!stream) return std::nullopt;
    const std::string address = (at.address.is_v4() ? "IN IP4 " : "IN IP6 ") + at.address.to_string();
    std::string text = "v=0\r\no=- 1 1 " + address + "\r\ns=echo\r\nc=" + address + "\r\nt=0 0\r\n";
    std::optional<std::size_t> current;
    std::string_view format;
    bool keyed = false;
    for (const auto line : lines_of(offer)) {
        if (line.starts_with("m=")) {
            current = current ? *current + 1 : 0;
            format = word_at(line, 3);
            const auto kind = std::string(word_at(line.substr(2), 0)),
                       protocol = std::string(word_at(line, 2));
            text += "m=" + kind + " " + std::to_string(current == stream ? at.port : 0) + " " + protocol +
                    " " + std::string(format) + "\r\n";
        } else if (current == stream) {
            repeat(line, format, keyed, text);
        }
    }
    const bool needs_key = sdp->streams()[*stream].protocol.starts_with("RTP/SAVP");
    if (needs_key && !keyed) return std::nullopt;  // DTLS, of which nobody here reads a word
    return EchoAnswer{text, sdp->streams()[*stream].rtp_at()};
}

std::string EchoCalls::answer(const sip::MessageView& request, const sip::Endpoint& from, int status,
                              const std::string& tag, std::string_view sdp) const {
    const sip::Flow flow{sip::Transport::udp, at_, from, 0};
    sip::ResponseBuilder response(request, flow, status, {}, tag);
    for (const auto& value : sip::addresses_of(request, sip::Header::record_route))
        response.add(sip::Header::record_route, value);
    response.add(sip::Header::contact, "<sip:echo@" + sip::to_string(at_) + ">");
    return response.finish(sdp, sdp.empty() ? "" : "application/sdp");
}

std::string EchoCalls::invite(const sip::MessageView& request, const sip::Endpoint& from,
                              const std::string& tag, Time now) {
    const std::string id(request.call_id());
    const auto known = calls_.find(id);
    if (known == calls_.end() && calls_.size() >= most) return answer(request, from, 486, tag);
    const auto offer = sip::sdp_body(request).sdp;
    const auto phone = phone_in(offer);
    const auto at = phone ? ports_.open(id, *phone) : std::nullopt;
    const auto said = at ? echo_answer(offer, *at) : std::nullopt;
    if (!said) {
        if (at && known == calls_.end()) ports_.close(id);
        return answer(request, from, 488, tag);
    }
    Call& call = calls_[id];
    if (known == calls_.end()) {
        call.tag = tag;
        call.caller = request.header(sip::Header::from).value_or("");
        call.callee = std::string(request.header(sip::Header::to).value_or("")) + ";tag=" + tag;
        call.target = sip::uri_in(request.header(sip::Header::contact).value_or(""));
        call.route = sip::addresses_of(request, sip::Header::record_route);
        call.met_at = from;
        call.ends = now + longest;
    }
    call.ok = answer(request, from, 200, call.tag, said->sdp);
    call.pause = t1;
    call.again = now + call.pause;
    return call.ok;
}

std::vector<EchoCalls::Send> EchoCalls::receive(const sip::Endpoint& from, std::string_view datagram,
                                                const std::string& tag, Time now) {
    const auto message = sip::MessageView::parse(datagram);
    if (!message || !message->is_request() || sip::check(*message)) return {};
    const std::string id(message->call_id());
    const auto known = calls_.find(id);
    const auto& own = known == calls_.end() ? tag : known->second.tag;
    switch (message->method()) {
        case sip::Method::invite: return {{from, invite(*message, from, tag, now)}};
        case sip::Method::ack:
            if (known != calls_.end()) known->second.ok.clear();
            return {};
        case sip::Method::bye: {
            auto text = answer(*message, from, known == calls_.end() ? 481 : 200, own);
            if (known != calls_.end()) ports_.close(id);
            calls_.erase(id);
            return {{from, std::move(text)}};
        }
        case sip::Method::cancel:  // it comes too late, always
        case sip::Method::options:
        case sip::Method::info:
        case sip::Method::update:
        case sip::Method::prack:
        case sip::Method::register_:
        case sip::Method::subscribe:
        case sip::Method::notify:
        case sip::Method::publish:
        case sip::Method::refer:
        case sip::Method::message:
        case sip::Method::unknown: break;
    }
    const bool bears = message->method() == sip::Method::cancel || message->method() == sip::Method::options;
    return {{from, answer(*message, from, bears ? 200 : 405, own)}};
}

EchoCalls::Send EchoCalls::hang_up(const std::string& id, const Call& call) const {
    sip::RequestBuilder bye(sip::Method::bye, call.target);
    bye.add(sip::Header::via,
            "SIP/2.0/UDP " + sip::to_string(at_) + ";branch=z9hG4bK" + call.tag + "bye;rport");
    for (const auto& value : call.route)
        bye.add(sip::Header::route, value);
    bye.add(sip::Header::max_forwards, "70").add(sip::Header::from, call.callee);
    bye.add(sip::Header::to, call.caller).add(sip::Header::call_id, id).add(sip::Header::cseq, "1 BYE");
    const auto straight = call.route.empty() ? sip::next_hop(call.target) : std::nullopt;
    return {straight ? straight->endpoint : call.met_at, bye.finish()};
}

std::vector<EchoCalls::Send> EchoCalls::on_time(Time now) {
    std::vector<Send> all;
    for (auto at = calls_.begin(); at != calls_.end();) {
        auto& [id, call] = *at;
        if (call.ends <= now) {
            all.push_back(hang_up(id, call));
            ports_.close(id);
            at = calls_.erase(at);
            continue;
        }
        if (!call.ok.empty() && call.again <= now) {
            all.push_back({call.met_at, call.ok});
            call.pause = std::min<std::chrono::milliseconds>(2 * call.pause, t2);
            call.again = now + call.pause;
        }
        ++at;
    }
    return all;
}

std::optional<EchoCalls::Time> EchoCalls::next_wake() const {
    std::optional<Time> next;
    for (const auto& [id, call] : calls_) {
        const Time at = call.ok.empty() ? call.ends : std::min(call.ends, call.again);
        if (!next || at < *next) next = at;
    }
    return next;
}

}  // namespace node
