// sip/proxy/session_timer.cpp - when a session is to be refreshed.
#include "sip/proxy/session_timer.hpp"

#include <algorithm>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"

namespace sip {

namespace {

constexpr std::uint32_t half_an_hour = 1800;  // §4: "The RECOMMENDED value"

std::optional<std::string_view> session_expires(const MessageView& message) {
    for (const HeaderField& field : message.fields()) {
        if (equal_nocase(field.name, "Session-Expires") || equal_nocase(field.name, "x")) return field.value;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> session_to_ask_for(const MessageView& request) {
    if (request.method() != Method::invite && request.method() != Method::update) return std::nullopt;
    if (session_expires(request)) return std::nullopt;
    bool known = false;
    request.each_value(Header::supported, [&](std::string_view tag) {
        known = known || equal_nocase(grammar::trim(tag), "timer");
        return !known;
    });
    if (!known) return std::nullopt;
    const auto least = request.header("Min-SE");
    const auto text = least ? least->substr(0, least->find(';')) : std::string_view("0");
    return std::to_string(std::max(half_an_hour, parse_number(text, 86400).value_or(0)));
}

bool knows_no_timer(const MessageView& response) {
    return response.status() >= 200 && response.status() < 300 && !session_expires(response);
}

}  // namespace sip
