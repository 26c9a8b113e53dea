// tests/fuzz/message_fuzz.cpp - any datagram: is read inside its bounds, judged, and answered with nothing of
// its own making; what is well formed is cut the same out of a stream.
#include "sip/syntax/message.hpp"

#include <algorithm>
#include <string>

#include "sip/syntax/builder.hpp"
#include "sip/syntax/framer.hpp"
#include "sip/syntax/message_check.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using sip::Header;
using sip::MessageView;

bool inside(std::string_view part, std::string_view whole) {
    return part.empty() ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_fields(const MessageView& m, std::string_view text) {
    FUZZ_CHECK(inside(m.wire(), text) && inside(m.body(), text) && inside(m.request_uri(), text));
    for (const auto& field : m.fields()) {
        FUZZ_CHECK(inside(field.name, text) && inside(field.value, text) && !field.name.empty());
        FUZZ_CHECK(sip::header_of(field.name) == field.id);
        FUZZ_CHECK(m.header(field.name));
        m.each_value(field.id, [&](std::string_view value) {
            FUZZ_CHECK(inside(value, text));
            return false;
        });
    }
    (void)m.from_tag();
    (void)m.to_tag();
    (void)m.call_id();
}

void check_answer(const MessageView& request, bool well_formed) {
    sip::Flow flow;
    flow.remote = {asio::ip::make_address("192.0.2.1"), 5060};
    const std::string answer = sip::ResponseBuilder(request, flow, 400, {}, "a-tag").finish();
    FUZZ_CHECK(answer.size() <= request.wire().size() + 128 + 4 * request.count(Header::via));
    FUZZ_CHECK(answer.find('\0') == std::string::npos);
    if (answer.size() > MessageView::max_size || request.fields().size() > MessageView::max_fields - 8)
        return;
    const auto back = MessageView::parse(answer);
    FUZZ_CHECK(back && back->status() == 400);
    for (const auto& field : back->fields()) {
        constexpr std::array copied{Header::via,     Header::from, Header::to,
                                    Header::call_id, Header::cseq, Header::content_length};
        FUZZ_CHECK(std::find(copied.begin(), copied.end(), field.id) != copied.end());
        FUZZ_CHECK(field.id == Header::via || back->count(field.id) == 1);
    }
    FUZZ_CHECK(back->count(Header::via) == std::max<std::size_t>(1, request.count(Header::via)));
    FUZZ_CHECK(back->top_via());
    if (!well_formed) return;
    FUZZ_CHECK(back->call_id() == request.call_id());
    FUZZ_CHECK(back->cseq()->number == request.cseq()->number);
    FUZZ_CHECK(back->to_tag() == (request.to_tag().empty() ? "a-tag" : request.to_tag()));
}

void check_framing(const MessageView& m) {
    if (!m.header(Header::content_length)) return;
    sip::Framer framer;
    framer.append(m.wire());
    framer.append("\r\n\r\n");
    const auto item = framer.next();
    FUZZ_CHECK(item && item->kind == sip::Framer::Item::Kind::message && item->bytes == m.wire());
    FUZZ_CHECK(framer.next()->kind == sip::Framer::Item::Kind::ping);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto m = MessageView::parse(text);
    if (!m) return 0;
    check_fields(*m, text);
    if (!m->is_request()) return 0;
    const auto fault = sip::check(*m);
    FUZZ_CHECK(!fault || (fault->status >= 400 && !fault->reason.empty()));
    check_answer(*m, !fault);
    if (!fault) check_framing(*m);
    return 0;
}
