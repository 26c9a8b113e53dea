// tests/fuzz/dialog_token_fuzz.cpp - any text as the token of a dialog, and any flow in one. Nothing opens
// that was not sealed with our key; what is sealed opens to the same, for its holder and its dialog alone,
// and stands in a user part as it is.
#include <algorithm>
#include <string>

#include "sip/proxy/flow_tokens.hpp"
#include "sip/syntax/uri.hpp"
#include "tests/fuzz/check.hpp"

namespace {

const sip::FlowTokens& tokens() {
    static const sip::FlowTokens ours({1, 2, 3});
    return ours;
}

struct Bytes {
    std::string_view rest;
    std::uint8_t next() {
        if (rest.empty()) return 0;
        const auto byte = static_cast<std::uint8_t>(rest.front());
        rest.remove_prefix(1);
        return byte;
    }
    std::uint64_t number(int bytes) {
        std::uint64_t value = 0;
        for (int i = 0; i < bytes; ++i)
            value = value << 8 | next();
        return value;
    }
    sip::Endpoint endpoint(bool v6) {
        sip::Endpoint e;
        if (v6) {
            asio::ip::address_v6::bytes_type bytes{};
            for (auto& byte : bytes)
                byte = next();
            e.address = asio::ip::address_v6(bytes, static_cast<std::uint32_t>(number(4)));
        } else {
            e.address = asio::ip::address_v4(static_cast<std::uint32_t>(number(4)));
        }
        e.port = static_cast<std::uint16_t>(number(2));
        return e;
    }
    std::string text() {
        const auto size = std::min<std::size_t>(next() % 16, rest.size());
        std::string text(rest.substr(0, size));
        rest.remove_prefix(size);
        return text;
    }
};

void check_sealed(std::string_view input) {
    Bytes bytes{input};
    sip::FlowToken token;
    const std::uint8_t flags = bytes.next();
    token.kind = static_cast<sip::FlowToken::Kind>(flags & 1);
    token.ours = (flags & 2) != 0;
    token.early = (flags & 4) != 0;
    token.side = static_cast<sip::Side>(flags >> 3 & 1);
    token.flow.transport = static_cast<sip::Transport>(bytes.next() % 5);
    token.expires = std::chrono::sys_seconds(std::chrono::minutes(bytes.number(4)));
    token.flow.local = bytes.endpoint((flags & 16) != 0);
    token.flow.remote = bytes.endpoint((flags & 32) != 0);
    token.flow.connection = bytes.number(8);
    const std::string call_id = bytes.text(), caller = bytes.text(), callee = bytes.text();
    const sip::DialogTags dialog{call_id, caller, callee};
    const auto holder = static_cast<sip::Side>(flags >> 6 & 1);
    const std::string text = tokens().seal(token, holder, dialog);
    FUZZ_CHECK(text.size() <= 110);
    const std::string uri = "sip:" + text + "@192.0.2.1;lr";
    const auto parsed = sip::UriView::parse(uri);
    FUZZ_CHECK(parsed && parsed->user == text);
    FUZZ_CHECK(tokens().open(text, holder, dialog) == token);
    FUZZ_CHECK(!tokens().open(text, sip::other(holder), dialog));
    const std::string other_tag = caller + "x";
    FUZZ_CHECK(!tokens().open(text, holder, {call_id, other_tag, callee}));
    FUZZ_CHECK(!tokens().open(text, holder, {call_id, callee + "y", caller}));
    std::string changed = text;
    changed[input.size() % changed.size()] ^= 1;
    FUZZ_CHECK(!tokens().open(changed, holder, dialog));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto holder : {sip::Side::caller, sip::Side::callee})
        FUZZ_CHECK(!tokens().open(text, holder, {"call@id", "a", "b"}));
    check_sealed(text);
    return 0;
}
