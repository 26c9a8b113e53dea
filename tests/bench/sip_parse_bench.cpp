// tests/bench/sip_parse_bench.cpp - what reading one INVITE costs: index, every header used parsed, and
// check().
#include <benchmark/benchmark.h>

#include <stdexcept>

#include "sip/syntax/builder.hpp"
#include "sip/syntax/message.hpp"
#include "sip/syntax/message_check.hpp"
#include "sip/syntax/uri.hpp"

namespace {

// 702 bytes, as a phone sends it.
constexpr std::string_view invite =
    "INVITE sip:bob@192.0.2.20:5060;transport=udp SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK-524287-1---7a5b7d1e9c1f0e3d;rport\r\n"
    "Max-Forwards: 70\r\n"
    "Contact: <sip:alice@192.0.2.4:5060;transport=udp>\r\n"
    "To: \"Bob\" <sip:bob@riverside.example>\r\n"
    "From: \"Alice\" <sip:alice@riverside.example>;tag=5f2d7c1a\r\n"
    "Call-ID: 83241NTk1Nzc4ODg0ZDI2NzI1Y2M5\r\n"
    "CSeq: 1 INVITE\r\n"
    "Allow: INVITE, ACK, CANCEL, BYE, REFER, OPTIONS, NOTIFY, INFO\r\n"
    "Content-Type: application/sdp\r\n"
    "Supported: replaces, outbound\r\n"
    "User-Agent: Hedge 1.0\r\n"
    "Content-Length: 173\r\n"
    "\r\n"
    "v=0\r\n"
    "o=- 13349 1 IN IP4 192.0.2.4\r\n"
    "s=-\r\n"
    "c=IN IP4 192.0.2.4\r\n"
    "t=0 0\r\n"
    "m=audio 52016 RTP/AVP 9 8 0 101\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-15\r\n"
    "a=sendrecv\r\na=mid:0\r\n";

void index_only(benchmark::State& state) {
    for (auto _ : state) {
        const auto m = sip::MessageView::parse(invite);
        benchmark::DoNotOptimize(m);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * invite.size()));
}
BENCHMARK(index_only);

/// What an edge looks at before it answers. False would mean that the message is not what this file says.
bool read_all(const sip::MessageView& m) {
    const auto address = [&m](sip::Header h) {
        const auto parsed = sip::NameAddrView::parse(m.header(h).value_or(""));
        const auto uri = parsed ? sip::UriView::parse(parsed->uri) : sip::fail(sip::Errc::bad_uri);
        benchmark::DoNotOptimize(uri);
        return uri.has_value();
    };
    const auto uri = sip::UriView::parse(m.request_uri());
    const auto via = m.top_via();
    const auto cseq = m.cseq();
    const auto hops = sip::parse_number(m.header(sip::Header::max_forwards).value_or(""), 255);
    std::size_t listed = 0;
    for (const sip::Header h : {sip::Header::allow, sip::Header::supported}) {
        m.each_value(h, [&listed](std::string_view) { return ++listed > 0; });
    }
    const auto port = via ? via->parameter("rport") : std::nullopt;
    benchmark::DoNotOptimize(via);
    return uri && via && port && !via->branch().empty() && cseq && hops && address(sip::Header::from) &&
           address(sip::Header::to) && address(sip::Header::contact) && !m.from_tag().empty() &&
           m.to_tag().empty() && !m.call_id().empty() && listed == 10 && m.body().size() == 173;
}

void all_fields(benchmark::State& state) {
    for (auto _ : state) {
        const auto m = sip::MessageView::parse(invite);
        if (!m || !read_all(*m)) throw std::logic_error("the INVITE was not read");
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * invite.size()));
}
BENCHMARK(all_fields);

void all_fields_and_check(benchmark::State& state) {
    for (auto _ : state) {
        const auto m = sip::MessageView::parse(invite);
        if (!m || !read_all(*m) || sip::check(*m)) throw std::logic_error("the INVITE was not read");
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * invite.size()));
}
BENCHMARK(all_fields_and_check);

void answer_302(benchmark::State& state) {
    const auto m = sip::MessageView::parse(invite);
    sip::Flow flow;
    flow.remote = {asio::ip::make_address("192.0.2.4"), 5060};
    for (auto _ : state) {
        auto answer = sip::ResponseBuilder(*m, flow, 302, {}, "d41d8cd9")
                          .add(sip::Header::contact, "<sip:bob@198.51.100.7:5060;transport=udp>")
                          .add(sip::Header::server, "Hedgewitch")
                          .finish();
        benchmark::DoNotOptimize(answer);
    }
}
BENCHMARK(answer_302);

}  // namespace
