// sip/proxy/ticket_maker.cpp - finds the ticket in a URI.
#include "sip/proxy/ticket_maker.hpp"

namespace sip {

std::string with_ticket(std::string_view uri, std::string_view ticket) {
    constexpr std::string_view name = ";tk=";
    const auto at = uri.find(name);
    if (at == std::string_view::npos) return std::string(uri);
    const auto end = uri.find_first_of(";?>", at + name.size());
    std::string out(uri.substr(0, at));
    if (!ticket.empty()) out.append(name).append(ticket);
    if (end != std::string_view::npos) out += uri.substr(end);
    return out;
}

}  // namespace sip
