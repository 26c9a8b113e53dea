// sip/proxy/forwarded_message.cpp - writes a message anew, out of what was read, but for what a proxy
// changes.
#include "sip/proxy/forwarded_message.hpp"

#include <utility>

#include "sip/auth/digest.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"

namespace sip {

namespace {

// Credentials for our realm would let the next hop guess the user's password offline. So would some that we
// cannot read: of Digest only what is surely for another realm goes on, of other schemes (RFC 8898) what does
// not name ours.
bool stays_here(const HeaderField& field, std::string_view realm) {
    if (field.id != Header::authorization && field.id != Header::proxy_authorization) return false;
    if (const auto credentials = DigestCredentials::parse(field.value)) return credentials->realm == realm;
    constexpr std::string_view digest = "Digest";
    return equal_nocase(field.value.substr(0, digest.size()), digest) ||
           lowercase(field.value).find(lowercase(realm)) != std::string::npos;
}

// Another From or To than stands there, where it is rewritten.
std::string_view shown_value(const HeaderField& field, const FromRewrite* rewrite) {
    return rewrite != nullptr && field.id == rewrite->header ? std::string_view(rewrite->shown) : field.value;
}

std::string answered_to(const MessageView& response, const RequestNames& names) {
    const auto tag = response.to_tag();
    return names.to_has_tag || tag.empty() ? names.to : names.to + ";tag=" + std::string(tag);
}

}  // namespace

RequestNames::RequestNames(const MessageView& request)
    : from(request.header(Header::from).value_or("")),
      to(request.header(Header::to).value_or("")),
      to_has_tag(!request.to_tag().empty()) {}

std::string forwarded_request(const MessageView& request, const Flow& came_on, const BranchRequest& branch) {
    MessageText out;
    out.start(std::string(request.method_text()) + " " + branch.request_uri + " SIP/2.0");
    out.add(name(Header::via), branch.via);
    out.add_vias(request, came_on);
    for (const std::string& value : branch.record_route)
        out.add(name(Header::record_route), value);
    for (const std::string& value : branch.route)
        out.add(name(Header::route), value);
    bool hops_seen = false;
    for (const HeaderField& field : request.fields()) {
        if (field.id == Header::via || field.id == Header::route) continue;
        if (stays_here(field, branch.own_realm) || claims_identity(field)) continue;
        if (branch.from_stranger && commands_phone(field)) continue;
        if (field.id == Header::max_breadth && branch.breadth) continue;
        if (field.id == Header::max_forwards) {
            const auto hops = parse_number(field.value).value_or(1);
            out.add(field.name, std::to_string(hops == 0 ? 0 : hops - 1));
            hops_seen = true;
            continue;
        }
        if (field.id == Header::refer_to && branch.refer_to != nullptr) {
            out.add(field.name, *branch.refer_to);
            continue;
        }
        out.add(field.name, shown_value(field, branch.rewrite));
    }
    if (branch.rewrite != nullptr && !branch.rewrite->asserted.empty())
        out.add("P-Asserted-Identity", branch.rewrite->asserted);
    if (branch.session_expires != nullptr) out.add("Session-Expires", *branch.session_expires);
    if (!hops_seen) out.add(name(Header::max_forwards), std::to_string(default_hops));
    if (branch.breadth) out.add(name(Header::max_breadth), std::to_string(*branch.breadth));
    out.end(branch.body ? std::string_view(*branch.body) : request.body());
    return out.take();
}

std::string forwarded_response(const MessageView& response, const ResponseChanges& changes) {
    MessageText out;
    out.start("SIP/2.0 " + std::to_string(response.status()) + " " + std::string(response.reason()));
    bool top = true, routes_due = changes.record_route != nullptr;
    for (const HeaderField& field : response.fields()) {
        if (claims_identity(field) || (changes.from_stranger && commands_phone(field))) continue;
        if (field.id == Header::record_route && changes.record_route != nullptr) {
            if (!std::exchange(routes_due, false)) continue;
            for (const std::string& route : *changes.record_route)
                out.add(name(Header::record_route), route);
            continue;
        }
        if (changes.names != nullptr && (field.id == Header::from || field.id == Header::to)) {
            out.add(field.name,
                    field.id == Header::from ? changes.names->from : answered_to(response, *changes.names));
            continue;
        }
        std::string_view value = field.value;
        if (field.id == Header::via && std::exchange(top, false)) {
            (void)next_value(value);
            value = grammar::trim(value);
            if (value.empty()) continue;
        }
        out.add(field.name, value);
    }
    if (changes.session_expires != nullptr) {
        out.add("Session-Expires", *changes.session_expires + ";refresher=uac");
        out.add(name(Header::require), "timer");
    }
    out.end(changes.body != nullptr ? std::string_view(*changes.body) : response.body());
    return out.take();
}

std::string with_challenges(std::string_view response, const std::vector<std::string>& others) {
    if (others.empty()) return std::string(response);
    const auto message = MessageView::parse(response);
    if (!message) return std::string(response);
    MessageText out;
    out.start("SIP/2.0 " + std::to_string(message->status()) + " " + std::string(message->reason()));
    for (const HeaderField& field : message->fields())
        out.add(field.name, field.value);
    for (const std::string& other : others) {
        const auto source = MessageView::parse(other);
        if (!source) continue;
        for (const HeaderField& field : source->fields()) {
            if (field.id == Header::www_authenticate || field.id == Header::proxy_authenticate)
                out.add(field.name, field.value);
        }
    }
    out.end(message->body());
    return out.take();
}

std::vector<std::string> addresses_of(const MessageView& message, Header list) {
    std::vector<std::string> values;
    message.each_value(list, [&](std::string_view value) {
        values.emplace_back(grammar::trim(value));
        return true;
    });
    return values;
}

}  // namespace sip
