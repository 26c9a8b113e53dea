// tests/sip/proxy_fixture.hpp - an Edge that proxies, with phones and foreign edges around it that are only
// wire text.
#pragma once

#include "sip/proxy/proxy.hpp"
#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

struct ProxyTest : EdgeTest {
    std::size_t seen = 0;  // of sent.items
    const Flow caller = udp_flow("10.0.0.9", 5070);
    const Flow desk = udp_flow("10.0.0.5", 5062), mobile = udp_flow("10.0.0.6", 5064);

    ProxyTest() {
        config.delivery = Delivery::proxy;
        host.at_once = redirect_to("sip:bob@10.0.0.5:5062");  // the chain knows the user; the edge its flows
        host.call_rule = [](const NextHop& hop) { return !hop.endpoint.address.is_loopback(); };
        start();
    }
    void bob_has(const Flow& flow, const std::string& contact, const std::string& more = {}) {
        phone = flow;
        register_with(contact, more);
        phone = caller;
        seen = sent.items.size();
    }
    /// What has been sent since the last look.
    std::vector<Sent::Item> fresh() {
        std::vector<Sent::Item> items(sent.items.begin() + static_cast<std::ptrdiff_t>(seen),
                                      sent.items.end());
        seen = sent.items.size();
        return items;
    }
    /// The same as lines: "100 > 10.0.0.9:5070", "INVITE > 10.0.0.5:5062".
    std::vector<std::string> lines() {
        std::vector<std::string> all;
        for (const auto& item : fresh())
            all.push_back(line(item));
        return all;
    }
    static std::string line(const Sent::Item& item) {
        const auto m = MessageView::parse(item.bytes);
        if (!m) return "unreadable";
        const auto what = m->is_request() ? std::string(m->method_text()) : std::to_string(m->status());
        return what + " > " + to_string(item.flow.remote);
    }
    /// The newest message that went to this endpoint; its index in sent.items goes up with time.
    std::string last_to(const Flow& flow) const {
        for (auto it = sent.items.rbegin(); it != sent.items.rend(); ++it) {
            if (it->flow.remote == flow.remote) return it->bytes;
        }
        return {};
    }
    void send(const Flow& flow, const std::string& wire) { edge->receive(flow, wire, now); }

    static Request call(const std::string& branch = "z9hG4bKcall") {
        Request request;
        request.uri = "sip:bob@home.test";
        request.from = "<sip:stranger@elsewhere.test>;tag=s";
        request.to = "<sip:bob@home.test>";
        request.branch = branch;
        request.more = "Contact: <sip:stranger@10.0.0.9:5070>\r\n";
        request.body = offer;
        return request;
    }
    int calls_to_carol = 0;
    /// Alice's INVITE to somebody at another node, whom the chain finds by `answer`, with her password: to be
    /// sent. What she sent without it was challenged.
    std::string call_to_carol(const RouteAnswer& answer, const std::string& more = {}) {
        host.at_once = answer;
        phone = caller;
        Request request = call();
        request.uri = "sip:carol@elsewhere.test";
        request.to = "<sip:carol@elsewhere.test>";
        request.from = "<sip:alice@home.test>;tag=s";
        request.more += more;
        request.call_id = request.branch += std::to_string(++calls_to_carol);
        const std::string refusal = receive(request.text());
        EXPECT_EQ(status_of(refusal), 407);
        acknowledge(request);
        return authorized(request, refusal).text();
    }
    /// As long as a phone's: a stranger gets no more than three times what he sent.
    static inline const std::string offer =
        "v=0\r\no=- 2890844526 2890844526 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
        "m=audio 7078 RTP/AVP 0 8 9 18 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:9 G722/8000\r\na=rtpmap:18 G729/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        "m=video 9078 RTP/AVP 96 97 98\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 H264/90000\r\n"
        "a=fmtp:97 profile-level-id=42801F\r\na=rtpmap:98 H263-1998/90000\r\na=rtcp-fb:96 nack pli\r\n"
        "a=rtcp-fb:97 nack pli\r\n";
    /// As the phone that got `request` would say it.
    static std::string respond(const std::string& request, int status, const std::string& tag = "b",
                               const std::string& more = {}) {
        const auto m = MessageView::parse(request);
        std::string text = "SIP/2.0 " + std::to_string(status) + " Said\r\n";
        for (const auto& f : m->fields()) {
            const bool copied = f.id == Header::via || f.id == Header::from || f.id == Header::call_id ||
                                f.id == Header::cseq || f.id == Header::record_route;
            if (copied) text += std::string(f.name) + ": " + std::string(f.value) + "\r\n";
        }
        text += "To: " + std::string(*m->header(Header::to)) + (m->to_tag().empty() ? ";tag=" + tag : "") +
                "\r\n";
        return text + more + "Content-Length: 0\r\n\r\n";
    }
    /// The next in-dialog request of the caller, by the route set of `response`; of the callee, by that of
    /// the response that he gave himself.
    static Request in_dialog(const std::string& method, const std::string& response, const std::string& uri,
                             bool as_callee = false) {
        const auto m = MessageView::parse(response);
        Request request;
        request.method = method;
        request.uri = uri;
        request.from = std::string(*m->header(as_callee ? Header::to : Header::from));
        request.to = std::string(*m->header(as_callee ? Header::from : Header::to));
        request.call_id = std::string(m->call_id());
        request.branch = "z9hG4bK" + method + (as_callee ? "back" : "");
        request.cseq = 2;
        std::vector<std::string> routes;
        m->each_value(Header::record_route, [&](std::string_view value) {
            routes.emplace_back(value);
            return true;
        });
        if (!as_callee) std::reverse(routes.begin(), routes.end());
        for (const auto& route : routes)
            request.more += "Route: " + route + "\r\n";
        return request;
    }

private:
    int registrations_ = 0;
    void register_with(const std::string& contact, const std::string& more) {
        Request request = registration(contact, 1, more, "bob");
        request.call_id += std::to_string(++registrations_);
        as("bob", "builder", request);
    }
};

}  // namespace sip::testing
