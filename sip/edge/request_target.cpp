// sip/edge/request_target.cpp - whom a Request-URI names.
#include "sip/edge/request_target.hpp"

#include <algorithm>

#include "sip/syntax/label.hpp"
#include "sip/syntax/letter_case.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

tl::unexpected<Answer> nobody() {
    return tl::unexpected(Answer{404, {}, {}});
}

Target plain(const UriView& uri) {
    Target target;
    target.uri = uri.text;
    target.dialled = dialled(uri);
    return target;
}

// "bob@host" out of the user part, unescaped once: a user and a host, perhaps with a port, nothing else.
tl::expected<Target, Answer> inner(std::string_view address, bool sips) {
    const auto at = address.find('@');
    const auto user = address.substr(0, at);
    const auto host = address.substr(at + 1);
    // What else could be in there (parameters, headers, a password, a
    // second '@') would be read by somebody later.
    constexpr std::string_view forbidden = "@;?:<>\"', \\/&=%";
    if (user.empty() || user.find_first_of(forbidden) != std::string_view::npos) return nobody();
    if (host.empty() || host.find_first_of("@;?<>\"', \\/&=%") != std::string_view::npos) return nobody();
    std::string text = (sips ? "sips:" : "sip:") + escape_user(user) + "@";
    text += host;
    const auto uri = UriView::parse(text);
    if (!uri || !uri->is_sip() || unescape(uri->user) != user) return nobody();
    Target target = plain(*uri);
    target.percent_form = true;
    return target;
}

}  // namespace

DialledUri dialled(const UriView& uri) {
    DialledUri read{unescape(uri.user), lowercase(uri.host), uri.port, {}, uri.is_sips()};
    if (const auto transport = uri.parameter("transport")) read.transport = lowercase(*transport);
    return read;
}

tl::expected<Target, Answer> target_of(std::string_view request_uri, const OwnHosts& own, const Flow& flow) {
    const auto uri = UriView::parse(request_uri);
    if (!uri) return tl::unexpected(Answer{400, "Bad Request-URI", {}});
    if (!uri->is_sip()) return tl::unexpected(Answer{416, {}, {}});
    Target target = plain(*uri);
    if (has_control(target.dialled.user)) return nobody();  // %00 and its kin (RFC 4475 §3.1.1.4) name nobody
    target.host_is_own = own.contain(target.dialled.host, target.dialled.port, flow);
    // The other host may stand in a parameter of ours, too, for phones that trip over %40 (transfer.hpp).
    const auto beside = uri->parameter(other_host);
    const bool percent = target.dialled.user.find('@') != std::string::npos;
    if (target.host_is_own && (percent || beside)) {
        auto meant = inner(percent ? target.dialled.user : target.dialled.user + "@" + std::string(*beside),
                           target.dialled.sips);
        if (!meant) return meant;
        target = std::move(*meant);
        target.host_is_own = own.contain(target.dialled.host, target.dialled.port, flow);
    }
    if (target.host_is_own) target.label = canonical_label(escape_user(target.dialled.user));
    return target;
}

}  // namespace sip
