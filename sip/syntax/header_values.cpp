// sip/syntax/header_values.cpp - Via, CSeq, numbers and lists of values (RFC 3261 §20, §25.1), parsed on
// demand.
#include "sip/syntax/header_values.hpp"

#include <algorithm>

#include "sip/syntax/grammar.hpp"

namespace sip {
namespace {

/// Takes a token, and the white space around it, off the front. Empty: there was none.
std::string_view take_token(std::string_view& rest) noexcept {
    rest = grammar::trim_left(rest);
    const auto end =
        std::find_if_not(rest.begin(), rest.end(), [](char c) { return grammar::is(c, grammar::token); });
    const std::string_view token = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest = grammar::trim_left(rest.substr(token.size()));
    return token;
}

bool take(std::string_view& rest, char c) noexcept {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
}

}  // namespace

Result<Via> Via::parse(std::string_view value) {
    // sent-protocol LWS sent-by *(SEMI via-params). Any protocol name and version: a SIP/7.0 Via is still
    // where the 505 goes. White space may stand around the slashes (RFC 4475 §3.1.1.1).
    std::string_view rest = value;
    if (take_token(rest).empty() || !take(rest, '/')) return fail(Errc::bad_via);
    if (take_token(rest).empty() || !take(rest, '/')) return fail(Errc::bad_via);
    Via out;
    out.transport = take_token(rest);
    const bool separated = rest.data() != out.transport.data() + out.transport.size();
    if (out.transport.empty() || !separated) return fail(Errc::bad_via);

    const std::size_t semicolon = rest.find(';');
    const auto sent_by = grammar::parse_host_port(grammar::trim(rest.substr(0, semicolon)), true);
    if (!sent_by) return fail(Errc::bad_via);
    out.host = sent_by->host;
    out.host_is_ipv6 = sent_by->is_ipv6;
    out.port = sent_by->port;
    if (semicolon != std::string_view::npos) {
        out.parameters = grammar::trim(rest.substr(semicolon + 1));
        if (!grammar::valid_parameters(out.parameters)) return fail(Errc::bad_via);
    }
    return out;
}

std::string_view Via::branch() const noexcept {
    return parameter("branch").value_or("");
}

Result<CSeq> CSeq::parse(std::string_view value) {
    value = grammar::trim(value);
    const auto end = std::find_if(value.begin(), value.end(), [](char c) { return grammar::is_lws(c); });
    const auto digits = static_cast<std::size_t>(end - value.begin());
    const auto number = parse_number(value.substr(0, digits));
    const std::string_view method = grammar::trim(value.substr(digits));
    if (!number || !grammar::all(method, grammar::token)) return fail(Errc::bad_cseq);
    return CSeq{*number, method};
}

Result<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
    text = grammar::trim(text);
    if (!grammar::all(text, grammar::digit)) return fail(Errc::bad_number);
    std::uint64_t value = 0;
    for (const char c : text) {
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
        if (value > max) return fail(Errc::bad_number);
    }
    return static_cast<std::uint32_t>(value);
}

std::string_view next_value(std::string_view& rest) noexcept {
    if (rest.find(',') == std::string_view::npos) {
        const std::string_view only = grammar::trim(rest);
        rest.remove_prefix(rest.size());
        return only;
    }
    bool in_brackets = false;
    std::size_t i = 0;
    for (; i < rest.size(); ++i) {
        const char c = rest[i];
        if (c > '>') continue;  // letters, mostly: none of the four below
        if (c == '"' && !in_brackets) {
            const std::size_t end = grammar::skip_quoted(rest, i);
            i = end == std::string_view::npos ? rest.size() - 1 : end - 1;
        } else if (c == '<') {
            in_brackets = true;
        } else if (c == '>') {
            in_brackets = false;
        } else if (c == ',' && !in_brackets) {
            break;
        }
    }
    const std::string_view value = grammar::trim(rest.substr(0, i));
    rest.remove_prefix(std::min(i + 1, rest.size()));
    return value;
}

}  // namespace sip
