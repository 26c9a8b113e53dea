// sip/syntax/builder.cpp - responses out of requests, and requests.
#include "sip/syntax/builder.hpp"

#include <algorithm>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"

namespace sip {
namespace {

bool is_one_line(std::string_view value) noexcept {
    constexpr auto none = std::string_view::npos;
    return value.find('\r') == none && value.find('\n') == none && value.find('\0') == none;
}

/// As one line: "\r\n " of a folded value is one space (§7.3.1), and so is any other CR, LF or NUL.
void append_line(std::string& out, std::string_view value) {
    if (is_one_line(value)) {  // nearly always: three looks, and one copy
        out += value;
        return;
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (c != '\r' && c != '\n' && c != '\0') {
            out += c;
            continue;
        }
        if (c == '\0') {
            out += ' ';
            continue;
        }
        while (i + 1 < value.size() && grammar::is_lws(value[i + 1]))
            ++i;
        out += ' ';
    }
}

/// REQUIRES: a token.
void append_named(std::string& out, std::string_view field_name, std::string_view value) {
    out += field_name;
    out += ": ";
    append_line(out, value);
    out += "\r\n";
}

void append_field(std::string& out, std::string_view field_name, std::string_view value) {
    if (grammar::all(field_name, grammar::token)) append_named(out, field_name, value);
}

void append_field(std::string& out, Header id, std::string_view value) {
    if (id != Header::other) append_named(out, name(id), value);
}

void append_body(std::string& out, std::string_view body, std::string_view content_type) {
    if (!body.empty() && !content_type.empty()) append_field(out, Header::content_type, content_type);
    append_field(out, Header::content_length, std::to_string(body.size()));
    out += "\r\n";
    out += body;
}

asio::ip::address plain(const asio::ip::address& a) {  // a dual-stack socket sees IPv4 as ::ffff:a.b.c.d
    if (a.is_v6() && a.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, a.to_v6());
    return a;
}

bool is_address(std::string_view host, const asio::ip::address& a) {
    asio::error_code error;
    const auto parsed = asio::ip::make_address(std::string(host), error);
    return !error && plain(parsed) == a;
}

bool is_ours(std::string_view parameter_name) noexcept {
    return equal_nocase(parameter_name, "received") || equal_nocase(parameter_name, "rport");
}

/// Cannot be taken for more than one value, or for another than it is.
bool stands_alone(std::string_view text) noexcept {
    return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
        return c == '"' || c == ',' || (grammar::is_control(c) && !grammar::is_lws(c));
    });
}

/// The topmost Via with received and rport as we saw them, whatever the peer claims there.
void append_top_via(std::string& out, std::string_view top, const Flow& flow) {
    const asio::ip::address source = plain(flow.remote.address);
    const std::string_view sent = top.substr(0, top.find(';'));
    const auto via = Via::parse(sent);
    const bool theirs = via || (sent.find('/') != std::string_view::npos && stands_alone(sent));
    if (theirs) {
        append_line(out, grammar::trim(sent));  // §8.2.6.2: "MUST equal", also where it is at fault
    } else {
        out += "SIP/2.0/";
        out += name(flow.transport);
        out += ' ' + to_string({source, flow.remote.port});
    }
    bool wants_port = false;
    std::string_view rest = top.substr(std::min(sent.size() + 1, top.size()));
    while (!rest.empty()) {
        const char* const begin = rest.data();
        const Parameter p = next_parameter(rest);
        wants_port = wants_port || equal_nocase(p.name, "rport");
        if (is_ours(p.name)) continue;
        const char* const end = p.has_value ? p.value.data() + p.value.size() : p.name.data() + p.name.size();
        const std::string_view text = grammar::trim({begin, static_cast<std::size_t>(end - begin)});
        const bool branch = equal_nocase(p.name, "branch") && stands_alone(text);
        if (!branch && !grammar::valid_parameters(text)) continue;
        out += ';';
        append_line(out, text);
    }
    // §18.2.1: received when the sent-by is a name or another address. RFC 3581 §4: with rport always.
    if (!theirs) return;
    if (wants_port || !via || !is_address(via->host, source)) {
        out += ";received=";
        out += source.is_v4() ? host_text(source) : source.to_string();
    }
    if (!wants_port) return;
    out += ";rport=";
    out += std::to_string(flow.remote.port);
}

bool all_vias(std::string_view values) noexcept {
    while (!values.empty()) {
        if (!Via::parse(next_value(values))) return false;
    }
    return true;
}

void append_vias(std::string& out, const MessageView& request, const Flow& flow) {
    bool top = true;
    for (const HeaderField& field : request.fields()) {
        if (field.id != Header::via) continue;
        std::string_view rest = field.value;
        out += "Via: ";
        if (top) {
            const std::string_view first = next_value(rest);
            append_top_via(out, first, flow);
            if (!Via::parse(first) && !all_vias(rest)) rest = {};  // who knows where the next one begins
            if (!rest.empty()) out += ", ";
            top = false;
        }
        append_line(out, grammar::trim(rest));
        out += "\r\n";
    }
    if (!top) return;
    out += "Via: ";
    append_top_via(out, {}, flow);
    out += "\r\n";
}

/// To, with `tag` unless it has one. An empty one is none, and gives way.
void append_to(std::string& out, std::string_view to, std::string_view tag) {
    const auto parsed = NameAddrView::parse(to);
    const auto theirs = parsed ? parsed->parameter("tag") : std::nullopt;
    out += "To: ";
    if (!theirs || !theirs->empty()) {
        append_line(out, to);
    } else {
        std::string_view rest = parsed->parameters;
        std::string_view address = to.substr(0, static_cast<std::size_t>(rest.data() - to.data()));
        address.remove_suffix(address.size() - address.rfind(';'));
        append_line(out, grammar::trim(address));
        while (!rest.empty()) {
            const std::string_view from = rest;
            const bool is_tag = equal_nocase(next_parameter(rest).name, "tag");
            const std::string_view written = from.substr(0, from.size() - rest.size());
            if (is_tag) continue;
            out += ';';
            append_line(out, grammar::trim(written.substr(0, written.find_last_not_of(';') + 1)));
        }
    }
    if (!tag.empty() && (!theirs || theirs->empty())) {
        out += ";tag=";
        append_line(out, tag);
    }
    out += "\r\n";
}

void append_copy(std::string& out, const MessageView& request, Header id) {
    if (const auto value = request.header(id)) append_field(out, id, *value);
}

}  // namespace

ResponseBuilder::ResponseBuilder(const MessageView& request, const Flow& flow, int status,
                                 std::string_view reason, std::string_view to_tag) {
    text_.reserve(512);
    text_ += "SIP/2.0 ";
    text_ += std::to_string(status);
    text_ += ' ';
    append_line(text_, reason.empty() ? default_reason(status) : reason);
    text_ += "\r\n";
    append_vias(text_, request, flow);
    append_copy(text_, request, Header::from);
    if (const auto to = request.header(Header::to))
        append_to(text_, *to, status == 100 ? std::string_view{} : to_tag);
    append_copy(text_, request, Header::call_id);
    append_copy(text_, request, Header::cseq);
    // §8.2.6.1: a 100 carries the request's Timestamp.
    if (status == 100) {
        if (const auto sent_at = request.header("Timestamp")) append_field(text_, "Timestamp", *sent_at);
    }
}

ResponseBuilder& ResponseBuilder::add(Header h, std::string_view value) {
    append_field(text_, h, value);
    return *this;
}

ResponseBuilder& ResponseBuilder::add(std::string_view field_name, std::string_view value) {
    append_field(text_, field_name, value);
    return *this;
}

std::string ResponseBuilder::finish(std::string_view body, std::string_view content_type) {
    append_body(text_, body, content_type);
    return std::move(text_);
}

RequestBuilder::RequestBuilder(Method method, std::string_view request_uri) {
    text_.reserve(512);
    text_ += name(method);
    text_ += ' ';
    for (const char c : request_uri) {
        if (!grammar::is_control(c) && c != ' ') text_ += c;  // it must stay one word
    }
    text_ += " SIP/2.0\r\n";
}

RequestBuilder& RequestBuilder::add(Header h, std::string_view value) {
    append_field(text_, h, value);
    return *this;
}

RequestBuilder& RequestBuilder::add(std::string_view field_name, std::string_view value) {
    append_field(text_, field_name, value);
    return *this;
}

std::string RequestBuilder::finish(std::string_view body, std::string_view content_type) {
    append_body(text_, body, content_type);
    return std::move(text_);
}

void MessageText::start(std::string_view first_line) {
    text_.reserve(1024);
    append_line(text_, first_line);
    text_ += "\r\n";
}

void MessageText::add(std::string_view field_name, std::string_view value) {
    if (header_of(field_name) == Header::content_length) return;
    append_field(text_, field_name, value);
}

void MessageText::add_vias(const MessageView& request, const Flow& flow) {
    append_vias(text_, request, flow);
}

void MessageText::end(std::string_view body) {
    append_body(text_, body, {});
}

}  // namespace sip
