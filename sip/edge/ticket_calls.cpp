// sip/edge/ticket_calls.cpp - hashes a call for its ticket.
#include "sip/edge/ticket_calls.hpp"

#include <sodium.h>

#include <initializer_list>

#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

std::array<std::uint8_t, 32> hash_of(std::initializer_list<std::string_view> texts) {
    crypto_hash_sha256_state state{};
    crypto_hash_sha256_init(&state);
    for (const std::string_view text : texts) {
        const auto size = static_cast<std::uint32_t>(text.size());
        const std::array<std::uint8_t, 4> length = {
            static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
            static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
        crypto_hash_sha256_update(&state, length.data(), length.size());
        crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    }
    std::array<std::uint8_t, 32> hash{};
    crypto_hash_sha256_final(&state, hash.data());
    return hash;
}

}  // namespace

TicketCalls ticket_calls(const MessageView& request) {
    return ticket_calls(request, request.body());
}

TicketCalls ticket_calls(const MessageView& request, std::string_view body) {
    TicketCalls calls;
    calls.passed_on = hash_of({"hedgewitch/v1/ticket-call", request.call_id(), request.from_tag(), body});
    const auto from = NameAddrView::parse(request.header(Header::from).value_or(""));
    const auto uri = from ? UriView::parse(from->uri) : fail(Errc::bad_name_addr);
    const std::string user = uri ? lowercase(unescape(uri->user)) : std::string();
    const std::string host = uri ? lowercase(uri->host) : std::string();
    calls.bearer = hash_of({"hedgewitch/v1/ticket-from", user, host});
    return calls;
}

}  // namespace sip
