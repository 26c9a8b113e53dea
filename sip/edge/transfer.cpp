// sip/edge/transfer.cpp - Refer-To in words that the other side understands.
#include "sip/edge/transfer.hpp"

#include "sip/edge/request_target.hpp"
#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

constexpr std::size_t longest = 2048;

/// `uri` in the place of that of `old`, with the method and the headers that it names.
std::string written(const NameAddrView& value, const UriView& old, std::string uri) {
    if (const auto method = old.parameter("method")) uri += ";method=" + std::string(*method);
    if (!old.headers.empty()) uri += "?" + std::string(old.headers);
    std::string text;
    if (!value.display_name.empty()) text = std::string(value.display_name) + " ";
    text += "<" + uri + ">";
    if (!value.parameters.empty()) text += ";" + std::string(value.parameters);
    return text;
}

// Without headers and method, whose phone registered it? An attended transfer names the Contact of the call.
std::string user_of(const Registrar& registrar, const UriView& uri,
                    std::chrono::steady_clock::time_point now) {
    std::string found;
    registrar.each(now, [&](const std::string& user, const Binding& binding) {
        const auto contact = UriView::parse(binding.contact);
        if (found.empty() && contact && !uri.user.empty() && contact->user == uri.user &&
            equal_nocase(contact->host, uri.host) && contact->port.value_or(5060) == uri.port.value_or(5060))
            found = user;
    });
    return found;
}

}  // namespace

std::optional<std::string> refer_to_for_others(std::string_view refer_to, const OwnHosts& own,
                                               const Flow& flow, const Registrar& registrar,
                                               const EdgeHost& host,
                                               std::chrono::steady_clock::time_point now) {
    if (refer_to.size() > longest) return std::nullopt;
    const auto value = NameAddrView::parse(refer_to);
    const auto uri = value ? UriView::parse(value->uri) : fail(Errc::bad_name_addr);
    if (!uri || !uri->is_sip()) return std::nullopt;
    if (const std::string user = user_of(registrar, *uri, now); !user.empty()) {
        const std::string name = host.full_name(user);
        return name.empty() ? std::nullopt : std::optional(written(*value, *uri, name));
    }
    const std::string name = full_name_of(*uri, own, flow, host);
    return name.empty() ? std::nullopt : std::optional(written(*value, *uri, name));
}

std::string full_name_of(const UriView& uri, const OwnHosts& own, const Flow& flow, const EdgeHost& host) {
    std::string plain = "sip:" + std::string(uri.user) + "@" +
                        (uri.host_is_ipv6 ? "[" + std::string(uri.host) + "]" : std::string(uri.host));
    if (uri.port) plain += ":" + std::to_string(*uri.port);
    if (const auto beside = uri.parameter(other_host))
        plain += ";" + std::string(other_host) + "=" + std::string(*beside);
    const auto target = target_of(plain, own, flow);
    if (!target || target->dialled.user.empty()) return {};
    if (target->percent_form && !target->host_is_own) return target->uri;
    if (!target->host_is_own || !target->label) return {};
    return host.full_name(*target->label);
}

std::optional<std::string> refer_to_for_phone(std::string_view refer_to, const OwnHosts& own,
                                              const Binding& phone, const Endpoint& at) {
    if (refer_to.size() > longest) return std::nullopt;
    const auto value = NameAddrView::parse(refer_to);
    const auto uri = value ? UriView::parse(value->uri) : fail(Errc::bad_name_addr);
    if (!uri || !uri->is_sip() || uri->user.empty()) return std::nullopt;
    const Flow& flow = phone.flow;
    const bool ours = own.contain(uri->host, uri->port, flow);
    const bool trips = equal_nocase(std::string_view(phone.user_agent).substr(0, 7), "baresip");
    const std::string host = lowercase(uri->host);
    // RFC 9476: names below .alt are in no DNS, and a phone without an outbound proxy would ask it.
    if (!ours && !host.ends_with(".alt")) return std::nullopt;
    std::string user(uri->user);
    if (!ours && !trips) user += "%40" + host;
    std::string dialled = "sip:" + user + "@" + to_string(at);
    const Transport transport = flow.transport == Transport::wss ? Transport::ws : flow.transport;
    if (transport != Transport::udp) dialled += ";transport=" + std::string(uri_value(transport));
    if (!ours && trips) dialled += ";" + std::string(other_host) + "=" + host;
    return written(*value, *uri, dialled);
}

}  // namespace sip
