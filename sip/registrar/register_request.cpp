// sip/registrar/register_request.cpp - what a REGISTER asks for.
#include "sip/registrar/register_request.hpp"

#include <algorithm>
#include <optional>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/next_hop.hpp"
#include "sip/syntax/parameters.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

constexpr std::size_t max_contacts = 64;     // in one request: as many as could be removed and added again
constexpr std::size_t max_uri = 1024;        // of a Contact; room for a ticket of 700 characters
constexpr std::size_t max_parameters = 512;  // unknown ones, kept for the fetch
constexpr std::size_t max_instance = 256;
constexpr std::size_t max_call_id = 256;
constexpr std::size_t max_path = 2048;
constexpr std::size_t max_user_agent = 128;  // binding.hpp

tl::unexpected<Answer> refuse(int status, std::string reason,
                              std::vector<std::pair<std::string, std::string>> fields = {}) {
    return tl::unexpected(Answer{status, std::move(reason), std::move(fields)});
}

// Folded lines become one; nothing that was kept can end a line when it is given back.
std::string one_line(std::string_view text) {
    std::string line(grammar::trim(text));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return line;
}

bool plain_uri_text(std::string_view uri) {
    return std::none_of(uri.begin(), uri.end(), [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == '"';
    });
}

// RFC 3261 §25.1: qvalue, at most three decimals. In thousandths.
std::optional<std::uint16_t> thousandths(std::string_view q) {
    if (q.empty() || q.size() > 5 || (q[0] != '0' && q[0] != '1')) return std::nullopt;
    if (q.size() > 1 && q[1] != '.') return std::nullopt;
    unsigned value = static_cast<unsigned>(q[0] - '0');
    for (std::size_t i = 2; i < 5; ++i) {
        const char digit = i < q.size() ? q[i] : '0';
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + static_cast<unsigned>(digit - '0');
    }
    if (q.size() <= 2) value = static_cast<unsigned>(q[0] - '0') * 1000;
    if (value > 1000) return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

bool has_field(std::string_view parameter) {
    return equal_nocase(parameter, "q") || equal_nocase(parameter, "expires") ||
           equal_nocase(parameter, "+sip.instance") || equal_nocase(parameter, "reg-id");
}

// The parameters that a binding has no field for, as written. REQUIRES: grammar::valid_parameters().
std::string unknown_parameters(std::string_view parameters) {
    std::string kept;
    while (!parameters.empty()) {
        const std::string_view from = parameters;
        const Parameter parameter = next_parameter(parameters);
        if (has_field(parameter.name)) continue;
        std::string_view written = from.substr(0, from.size() - parameters.size());
        if (!parameters.empty()) written.remove_suffix(1);  // the semicolon between it and the next
        if (!kept.empty()) kept += ';';
        kept += one_line(written);
    }
    if (kept.size() > max_parameters) kept.clear();
    return kept;
}

// §10.3 step 7: a malformed value counts as the default, also one beyond 2**32-1.
std::chrono::seconds wanted_expires(const MessageView& request, const NameAddrView& contact,
                                    const RegistrarLimits& limits) {
    auto text = contact.parameter("expires");
    if (!text) text = request.header(Header::expires);
    if (!text) return limits.default_expires;
    const auto number = parse_number(*text);
    return number ? std::chrono::seconds(*number) : limits.default_expires;
}

tl::expected<Registration::Contact, Answer> read_contact(const MessageView& request, std::string_view value,
                                                         const RegistrarLimits& limits) {
    const auto address = NameAddrView::parse(value);
    if (!address) return refuse(400, "Bad Contact");
    const auto uri = UriView::parse(address->uri);
    if (!uri || !plain_uri_text(address->uri)) return refuse(400, "Bad Contact URI");
    // Nothing but a SIP phone can be redirected or proxied to, so nothing else is promised.
    if (!uri->is_sip()) return refuse(400, "Contact Is Not A SIP URI");
    if (address->uri.size() > max_uri) return refuse(400, "Contact Too Long");

    Registration::Contact contact;
    contact.binding.contact = address->uri;
    if (const auto q = address->parameter("q")) {
        const auto value_of_q = thousandths(*q);
        if (!value_of_q) return refuse(400, "Bad q In Contact");
        contact.binding.q = *value_of_q;
    }
    if (const auto instance = address->parameter("+sip.instance")) {
        auto text = grammar::trim(*instance);
        if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
            text = text.substr(1, text.size() - 2);
        if (text.size() > max_instance || text.find_first_of("\"\\\r\n") != std::string_view::npos) {
            return refuse(400, "Bad +sip.instance");
        }
        contact.binding.instance = text;
    }
    if (const auto reg_id = address->parameter("reg-id")) {
        contact.binding.reg_id =
            parse_number(*reg_id, 0x7fffffff).value_or(0);  // RFC 5626 §4.2: 1 .. 2**31-1
    }
    contact.binding.parameters = unknown_parameters(address->parameters);
    const auto wanted = wanted_expires(request, *address, limits);
    if (wanted.count() > 0 && wanted < limits.min_expires) {
        return refuse(423, {}, {{"Min-Expires", std::to_string(limits.min_expires.count())}});
    }
    contact.expires = std::min(wanted, limits.max_expires);
    return contact;
}

bool supports(const MessageView& request, std::string_view extension) {
    bool found = false;
    for (const Header header : {Header::supported, Header::require}) {
        request.each_value(header, [&](std::string_view tag) {
            return !(found = found || equal_nocase(grammar::trim(tag), extension));
        });
    }
    return found;
}

// RFC 3327 §5.3: without the phone's Supported: path the recommended policy is 420.
tl::expected<std::string, Answer> read_path(const MessageView& request) {
    std::string path;
    request.each_value(Header::path, [&](std::string_view value) {
        if (!path.empty()) path += ", ";
        path += one_line(value);
        return path.size() <= max_path;
    });
    if (path.empty()) return path;
    if (path.size() > max_path) return refuse(400, "Path Too Long");
    if (!supports(request, "path")) return refuse(420, {}, {{"Unsupported", "path"}});
    return path;
}

// RFC 5626 §6: a reg-id counts only together with an instance, and from a phone that says it supports
// outbound. The proxy it stands behind must keep the flow: it says so by ;ob in its Path, the last one.
tl::expected<bool, Answer> read_outbound(const MessageView& request, std::string_view path,
                                         std::vector<Registration::Contact>& contacts) {
    const bool wanted = supports(request, "outbound");
    bool any = false;
    for (auto& contact : contacts) {
        Binding& binding = contact.binding;
        if (!wanted || binding.instance.empty()) binding.reg_id = 0;
        any = any || binding.reg_id != 0;
    }
    if (!any) return false;
    std::size_t vias = 0;
    request.each_value(Header::via, [&](std::string_view) { return ++vias < 2; });
    if (vias < 2) return true;
    std::string_view last;
    for (std::string_view rest = path; !rest.empty();) {
        if (const auto value = next_value(rest); !value.empty()) last = value;
    }
    const auto address = NameAddrView::parse(last);
    const auto uri = address ? UriView::parse(address->uri) : fail(Errc::bad_name_addr);
    if (!uri || !uri->parameter("ob")) return refuse(439, {});
    return true;
}

/// No NAT stands between the two: one address, or one network of the usual size.
bool same_link(const asio::ip::address& a, const asio::ip::address& b) {
    if (a == b) return true;
    if (a.is_v4() != b.is_v4()) return false;
    if (a.is_v6()) return source_of(a) == source_of(b);
    return a.to_v4().to_uint() >> 8U == b.to_v4().to_uint() >> 8U;
}

/// §16.5: calls go to the Contact. Only a phone behind a NAT is met where its REGISTER came from: it asks for
/// that by rport (RFC 3581) or outbound, or names an address that is not on its own network.
Endpoint met_at(const MessageView& request, const Binding& binding, const Flow& flow) {
    constexpr std::uint16_t first_user_port = 1024;  // below are other services than SIP's
    std::size_t vias = 0;
    request.each_value(Header::via, [&](std::string_view) { return ++vias < 2; });
    const auto via = request.top_via();
    const bool own_way = flow.transport != Transport::udp || vias != 1 || !binding.path.empty() ||
                         binding.reg_id != 0 || !via || via->parameter("rport");
    const auto contact = own_way ? std::nullopt : next_hop(binding.contact);
    if (!contact || contact->transport != Transport::udp || contact->endpoint.port < first_user_port ||
        !same_link(contact->endpoint.address, flow.remote.address))
        return flow.remote;
    return contact->endpoint;
}

// §10.3 step 6: "*" only alone and with Expires: 0.
bool removes_all_properly(const MessageView& request, std::size_t values) {
    const auto expires = request.header(Header::expires);
    const auto number = expires ? parse_number(*expires) : fail(Errc::bad_number);
    return values == 1 && number && *number == 0;
}

}  // namespace

tl::expected<Registration, Answer> read_registration(const MessageView& request, const Flow& flow,
                                                     const RegistrarLimits& limits) {
    Registration asked;
    std::vector<std::string_view> values;
    request.each_value(Header::contact, [&](std::string_view value) {
        values.push_back(grammar::trim(value));
        return values.size() <= max_contacts;
    });
    if (values.size() > max_contacts) return refuse(403, "Too Many Contacts");
    auto path = read_path(request);
    if (!path) return tl::unexpected(path.error());
    asked.path = std::move(*path);
    const auto cseq = request.cseq();
    if (!cseq || request.call_id().size() > max_call_id) return refuse(400, "Call-ID Too Long");

    if (std::find(values.begin(), values.end(), "*") != values.end()) {
        if (!removes_all_properly(request, values.size()))
            return refuse(400, "Contact * Needs Expires 0 And No Other");
        asked.everything = true;
        return asked;
    }
    for (const std::string_view value : values) {
        auto contact = read_contact(request, value, limits);
        if (!contact) return tl::unexpected(contact.error());
        Binding& binding = contact->binding;
        binding.call_id = request.call_id();
        binding.cseq = cseq->number;
        binding.path = asked.path;
        binding.user_agent =
            one_line(request.header(Header::user_agent).value_or("")).substr(0, max_user_agent);
        binding.flow = flow;
        asked.contacts.push_back(std::move(*contact));
    }
    const auto outbound = read_outbound(request, asked.path, asked.contacts);
    if (!outbound) return tl::unexpected(outbound.error());
    asked.outbound = *outbound;
    for (auto& contact : asked.contacts)
        contact.binding.flow.remote = met_at(request, contact.binding, flow);
    return asked;
}

}  // namespace sip
