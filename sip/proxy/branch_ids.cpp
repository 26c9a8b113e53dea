// sip/proxy/branch_ids.cpp - what is hashed into a branch.
#include "sip/proxy/branch_ids.hpp"

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"

namespace sip {

namespace {
constexpr std::string_view cookie = "z9hG4bK";  // §8.1.1.7
}

BranchIds::BranchIds(const std::array<std::uint8_t, 32>& secret)
    : key_(derived_key<16>(secret, "hedgewitch/sip/branch")) {}

// §16.6 step 8, but without the topmost Via: that would have changed when the request returns, and no loop
// would be seen. What routing looks at is all in it.
std::string BranchIds::loop_hash(const MessageView& request) const {
    KeyedHash hash;
    const auto cseq = request.cseq();
    hash.add(request.to_tag()).add(request.from_tag()).add(request.call_id()).add(request.request_uri());
    hash.add(cseq ? std::to_string(cseq->number) : std::string{});
    request.each_value(Header::route, [&](std::string_view route) {
        hash.add(grammar::trim(route));
        return true;
    });
    return hash.hex(key_);
}

// Of a Via what identifies it: received and rport were added on the way, and white space is anyone's.
std::string BranchIds::echo_hash(const MessageView& message, std::size_t ours) const {
    KeyedHash hash;
    const auto cseq = message.cseq();
    hash.add(message.call_id()).add(message.from_tag());
    hash.add(cseq ? std::to_string(cseq->number) : std::string{})
        .add(cseq ? cseq->method : std::string_view{});
    message.each_value(Header::via, [&](std::string_view value) {
        if (ours > 0) {
            --ours;
            return true;
        }
        const auto via = Via::parse(value);
        hash.add(via ? lowercase(via->host) : std::string{});
        hash.add(via && via->port ? std::to_string(*via->port) : std::string{});
        hash.add(via ? via->branch() : std::string_view{});
        return true;
    });
    return hash.hex(key_);
}

std::string BranchIds::next(const std::string& loop_hash) {
    KeyedHash serial;
    serial.add("branch").add(std::to_string(++last_));
    return std::string(cookie) + serial.hex(key_) + "." + loop_hash;
}

std::string BranchIds::of_ack(const MessageView& ack) const {
    const auto via = ack.top_via();
    KeyedHash hash;
    hash.add("ack").add(via ? via->branch() : std::string_view{}).add(ack.call_id()).add(ack.to_tag());
    return std::string(cookie) + hash.hex(key_) + "." + loop_hash(ack);
}

bool BranchIds::looped(const MessageView& request) const {
    const std::string mark = "." + loop_hash(request);
    bool found = false;
    request.each_value(Header::via, [&](std::string_view value) {
        const auto via = Via::parse(value);
        found = via && via->branch().ends_with(mark);
        return !found;
    });
    return found;
}

}  // namespace sip
