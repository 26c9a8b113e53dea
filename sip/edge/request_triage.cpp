// sip/edge/request_triage.cpp - what to do with a request, as far as the request alone says.
#include "sip/edge/request_triage.hpp"

#include <string>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

Answer with_allow(int status, std::string_view methods) {
    return {status, {}, {{"Allow", std::string(methods)}}};
}

// The option tags of `header` that we do not serve, appended to `unsupported`.
void collect_unknown(const MessageView& request, Header header, std::string& unsupported) {
    request.each_value(header, [&](std::string_view tag) {
        // RFC 3327, RFC 5626: the registrar keeps a Path and flows. A proxy's extension is none of ours.
        const bool served = header == Header::require && request.method() == Method::register_ &&
                            (equal_nocase(tag, "path") || equal_nocase(tag, "outbound"));
        const bool token = !tag.empty() && tag.find_first_of(" \t\r\n") == std::string_view::npos;
        if (served || !token) return true;
        if (!unsupported.empty()) unsupported += ", ";
        unsupported += tag;
        return unsupported.size() < 1024;
    });
}

// Methods that live only inside a dialog (RFC 3261 §15, RFC 3262, 3311, 6086). Those of a dialog through us
// carry a token of ours in Route, and were passed on before; we have none ourselves.
bool needs_dialog(Method method) {
    return method == Method::bye || method == Method::prack || method == Method::update ||
           method == Method::info;
}

// RFC 3903 §6 and the packages of servers (message-summary, RFC 3842; reg, RFC 3680; ua-profile, RFC 6080):
// they are meant for whoever serves the address-of-record, which is us, and we serve none. Passed on they
// would come back to the very phone that asks, or ring through to others for nothing. The same is said of
// every label.
std::optional<Answer> not_served(const MessageView& request) {
    if (request.method() == Method::publish) return with_allow(405, allowed_at_user);
    if (request.method() != Method::subscribe) return std::nullopt;
    const auto event = request.header(Header::event).value_or("");
    const auto package = grammar::trim(event.substr(0, event.find(';')));
    for (std::string_view rest = events_of_phones; !rest.empty();) {
        if (equal_nocase(grammar::trim(next_value(rest)), package)) return std::nullopt;
    }
    if (package.empty()) return std::nullopt;  // whom it goes to says what is wrong with it
    return Answer{489, {}, {{"Allow-Events", std::string(events_of_phones)}}};
}

Answer options(std::string_view methods) {  // §11.2
    Answer answer = with_allow(200, methods);
    answer.fields.emplace_back("Accept", "application/sdp");
    answer.fields.emplace_back("Supported", "path, outbound");
    return answer;
}

}  // namespace

Answer method_unknown() {
    return with_allow(501, allowed_at_user);
}

std::optional<Answer> stopped(const MessageView& request) {
    if (const auto hops = request.header(Header::max_forwards); hops && parse_number(*hops).value_or(1) == 0)
        return Answer{483, {}, {}};
    std::string unsupported;
    collect_unknown(request, Header::proxy_require, unsupported);
    if (!unsupported.empty()) return Answer{420, {}, {{"Unsupported", unsupported}}};
    return std::nullopt;
}

Triage triage_of(const MessageView& request, const Target& target, bool user_exists) {
    const Method method = request.method();
    const bool node_itself = target.host_is_own && target.dialled.user.empty();
    const bool ours =
        node_itself || method == Method::register_ || (method == Method::options && user_exists);

    // §16.3 step 3: what would go on must be allowed to; OPTIONS to ourselves may be answered (§11).
    if (const auto hops = request.header(Header::max_forwards); hops && !ours) {
        if (const auto number = parse_number(*hops); number && *number == 0)
            return {Triage::Kind::answer, {483, {}, {}}};
    }
    // §8.2.2.3: Require is for the one who serves the request,
    // Proxy-Require (§16.3 step 5) for all on the way.
    std::string unsupported;
    if (ours) collect_unknown(request, Header::require, unsupported);
    collect_unknown(request, Header::proxy_require, unsupported);
    if (!unsupported.empty()) return {Triage::Kind::answer, {420, {}, {{"Unsupported", unsupported}}}};

    if (method == Method::register_) {
        // §10.3 step 1. We forward no REGISTER, and a challenge would
        // only invite a password meant for another.
        if (!target.host_is_own || target.percent_form)
            return {Triage::Kind::answer, {403, "Not Our Domain", {}}};
        return {Triage::Kind::registration, {}};
    }
    // §12.2.2: we have no dialogs of our own, so whoever thinks to be in one with us is wrong.
    if (!request.to_tag().empty() || needs_dialog(method)) return {Triage::Kind::answer, {481, {}, {}}};
    if (method == Method::unknown && node_itself) return {Triage::Kind::answer, method_unknown()};
    if (method == Method::options && ours) {
        return {Triage::Kind::answer, options(node_itself ? allowed_at_node : allowed_at_user)};
    }
    if (node_itself) return {Triage::Kind::answer, with_allow(405, allowed_at_node)};
    if (target.host_is_own && !target.percent_form) {
        if (const auto answer = not_served(request)) return {Triage::Kind::answer, *answer};
    }
    return {Triage::Kind::route, {}};
}

}  // namespace sip
