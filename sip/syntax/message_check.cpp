// sip/syntax/message_check.cpp - what makes a readable message one that must be refused (RFC 3261 §8.1.1,
// §16.3, §18.3, RFC 4475).
#include "sip/syntax/message_check.hpp"

#include <array>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/parameters.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {
namespace {

using Verdict = std::optional<Fault>;

Verdict bad(std::string_view reason) noexcept {
    return Fault{400, reason};
}

bool valid_version(std::string_view version) noexcept {  // "SIP" "/" 1*DIGIT "." 1*DIGIT
    const std::string_view digits = version.substr(4);   // parse() saw "SIP/"
    const std::size_t dot = digits.find('.');
    return dot != std::string_view::npos && grammar::all(digits.substr(0, dot), grammar::digit) &&
           grammar::all(digits.substr(dot + 1), grammar::digit);
}

Verdict check_version(const MessageView& m) {
    if (equal_nocase(m.version(), "SIP/2.0")) return std::nullopt;
    if (!valid_version(m.version())) return bad("Malformed SIP-Version");
    return Fault{505, "Version Not Supported"};
}

Verdict check_request_uri(const MessageView& m) {
    if (!m.is_request()) return std::nullopt;
    if (m.request_uri().starts_with('<')) return bad("Request-URI in angle brackets");
    const auto uri = UriView::parse(m.request_uri());
    if (!uri) return bad("Malformed Request-URI");
    if (!uri->headers.empty()) return bad("Headers in the Request-URI");  // RFC 3261 §19.1.1, table 1
    return std::nullopt;
}

Verdict check_presence(const MessageView& m) {
    struct Rule {
        Header id;
        std::string_view missing, several;  // a missing one is allowed when there is no text for it
    };
    // RFC 3261 makes Max-Forwards mandatory too; RFC 2543 did not know it (RFC 4475 §3.4.1 should be
    // accepted).
    static constexpr std::array<Rule, 8> rules{{
        {Header::via, "Missing Via header", ""},
        {Header::from, "Missing From header", "Several From headers"},
        {Header::to, "Missing To header", "Several To headers"},
        {Header::call_id, "Missing Call-ID header", "Several Call-ID headers"},
        {Header::cseq, "Missing CSeq header", "Several CSeq headers"},
        {Header::max_forwards, "", "Several Max-Forwards headers"},
        {Header::content_type, "", "Several Content-Type headers"},
        {Header::expires, "", "Several Expires headers"},
    }};
    std::array<std::uint8_t, static_cast<std::size_t>(Header::other) + 1> seen{};
    for (const HeaderField& f : m.fields())
        ++seen[static_cast<std::size_t>(f.id)];  // at most 192: no overflow
    for (const Rule& rule : rules) {
        const std::uint8_t n = seen[static_cast<std::size_t>(rule.id)];
        if (n == 0 && !rule.missing.empty()) return bad(rule.missing);
        if (n > 1 && !rule.several.empty()) return bad(rule.several);
    }
    return std::nullopt;
}

Verdict check_cseq(const MessageView& m) {
    const auto cseq = m.cseq();
    if (!cseq) {
        const std::string_view value = *m.header(Header::cseq);
        const std::string_view number = value.substr(0, value.find_first_of(" \t\r\n"));
        return bad(grammar::all(number, grammar::digit) && !parse_number(number) ? "CSeq number above 2^32-1"
                                                                                 : "Malformed CSeq header");
    }
    // Of a method that nobody knows 501 says more (RFC 4475 §3.1.2.18).
    if (m.method() != Method::unknown && cseq->method != m.method_text()) {
        return bad("CSeq method differs from the Request-Line");
    }
    return std::nullopt;
}

// §19.3: a tag says which end of a dialog this is. An empty one, or two, say different things to everyone
// who reads them.
bool valid_tags(std::string_view parameters) {
    std::size_t tags = 0;
    while (!parameters.empty()) {
        const Parameter p = next_parameter(parameters);
        if (!equal_nocase(p.name, "tag")) continue;
        if (p.value.empty() || p.value.front() == '"' || ++tags > 1) return false;
    }
    return true;
}

bool valid_address(std::string_view value) {
    const auto parsed = NameAddrView::parse(value);
    return parsed && UriView::parse(parsed->uri);
}

bool valid_end(std::string_view value) {  // From or To
    const auto parsed = NameAddrView::parse(value);
    return parsed && UriView::parse(parsed->uri) && valid_tags(parsed->parameters);
}

Verdict check_identity(const MessageView& m) {
    if (!valid_end(*m.header(Header::from))) return bad("Malformed From header");
    if (!valid_end(*m.header(Header::to))) return bad("Malformed To header");
    for (const char c : m.call_id()) {
        if (grammar::is_lws(c) || grammar::is_control(c)) return bad("Malformed Call-ID header");
    }
    if (m.call_id().empty()) return bad("Malformed Call-ID header");
    // They are what is kept of a dialog. The longest seen of a phone have 80 bytes.
    if (m.call_id().size() > max_dialog_id) return bad("Call-ID too long");
    if (m.from_tag().size() > max_dialog_id) return bad("From tag too long");
    if (m.to_tag().size() > max_dialog_id) return bad("To tag too long");
    return std::nullopt;
}

Verdict check_numbers(const MessageView& m) {
    // Expires is not judged: RFC 3261 §10.2.1.1 has a malformed one mean 3600.
    const auto hops = m.header(Header::max_forwards);
    if (hops && !parse_number(*hops)) return bad("Malformed Max-Forwards header");
    if (hops && !parse_number(*hops, 255)) return bad("Max-Forwards above 255");

    std::optional<std::uint32_t> length;
    for (const HeaderField& f : m.fields()) {
        if (f.id != Header::content_length) continue;
        const auto value = parse_number(f.value);
        if (!value) return bad("Malformed Content-Length header");
        if (length && *length != *value) return bad("Content-Length headers differ");
        length = *value;
    }
    if (length && *length > m.body().size()) return bad("Body shorter than Content-Length");
    return std::nullopt;
}

// Max-Forwards begins at 70 and 255 is the most that it can say: no way is longer.
constexpr std::size_t max_way = 255;

/// Every value of every field `id`, also the empty ones that each_value() forgives.
template <typename Valid>
bool all_values(const MessageView& m, Header id, Valid valid) {
    if (!m.header(id)) return true;
    for (const HeaderField& f : m.fields()) {
        if (f.id != id) continue;
        if (f.value.empty() || f.value.ends_with(',')) return false;
        for (std::string_view rest = f.value; !rest.empty();) {
            if (!valid(next_value(rest))) return false;
        }
    }
    return true;
}

/// Via, Route or Record-Route name each host on a way. What follows is quadratic in them here and there.
bool too_long_a_way(const MessageView& m, Header id) {
    if (!m.header(id)) return false;
    std::size_t values = 0;
    for (const HeaderField& f : m.fields()) {
        if (f.id != id) continue;
        for (std::string_view rest = f.value; !rest.empty() && values <= max_way; ++values)
            (void)next_value(rest);
    }
    return values > max_way;
}

Verdict check_lists(const MessageView& m) {
    for (const Header id : {Header::via, Header::route, Header::record_route}) {
        if (too_long_a_way(m, id)) return bad("Too many Via, Route or Record-Route values");
    }
    const auto via = [](std::string_view v) { return Via::parse(v).has_value(); };
    const auto contact = [](std::string_view v) { return v == "*" || valid_address(v); };
    const auto route = [](std::string_view v) {
        return v.find('<') != std::string_view::npos && valid_address(v);
    };
    if (!all_values(m, Header::via, via)) return bad("Malformed Via header");
    if (!all_values(m, Header::contact, contact)) return bad("Malformed Contact header");
    if (!all_values(m, Header::route, route)) return bad("Malformed Route header");
    if (!all_values(m, Header::record_route, route)) return bad("Malformed Record-Route header");
    return std::nullopt;
}

}  // namespace

std::optional<Fault> check(const MessageView& message) {
    if (auto fault = check_version(message)) return fault;  // first: another version may have other rules
    if (!message.oddity().empty()) return bad(message.oddity());
    for (const auto rule :
         {check_request_uri, check_presence, check_cseq, check_identity, check_numbers, check_lists}) {
        if (auto fault = rule(message)) return fault;
    }
    return std::nullopt;
}

}  // namespace sip
