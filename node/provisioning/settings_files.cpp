// node/provisioning/settings_files.cpp - Linphone and baresip, as tests/interop/provisioning.py tries them;
// and desk phones by their makers' manuals, which nobody has tried.
#include "node/provisioning/settings_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "node/provisioning/xml_text.hpp"

namespace node {
namespace {

constexpr int register_every_s = 600;

std::string host_of(const std::string& server) {
    const auto colon = server.rfind(':');
    return colon == std::string::npos || server.back() == ']' ? server : server.substr(0, colon);
}

std::string port_of(const PhoneAccount& settings) {
    const std::string& server = settings.wish.server;
    const std::string host = host_of(server);
    if (host.size() < server.size()) return server.substr(host.size() + 1);
    return settings.wish.transport == PhoneTransport::tls ? "5061" : "5060";
}

// --- Linphone: linphonerc as XML (xmlns lpconfig). Each entry replaces what the phone had.

std::string entry(std::string_view key, std::string_view value) {
    return fmt::format("    <entry name=\"{}\" overwrite=\"true\">{}</entry>\n", key, xml_text(value));
}

std::string section(std::string_view section_name, const std::string& entries) {
    return fmt::format("  <section name=\"{}\">\n{}  </section>\n", section_name, entries);
}

std::string_view encryption_in_linphone(MediaEncryption encryption) {
    switch (encryption) {
        case MediaEncryption::none: return "none";
        case MediaEncryption::srtp: return "srtp";
        case MediaEncryption::zrtp: return "zrtp";
        case MediaEncryption::dtls_srtp: return "dtls";
    }
    return "none";
}

std::string sip_section(const PhoneAccount& settings) {
    std::string entries = entry("default_proxy", "0") +
                          entry("media_encryption", encryption_in_linphone(settings.wish.encryption)) +
                          entry("media_encryption_mandatory", "0");
    // Nobody vouches for the node's own certificate, and Linphone cannot be told which one to expect: what it
    // gains then is that nobody who only listens understands.
    if (settings.wish.transport == PhoneTransport::tls && !settings.wish.certificate_proven)
        entries += entry("verify_server_certs", "0") + entry("verify_server_cn", "0");
    return section("sip", entries);
}

std::string linphone(const PhoneAccount& settings) {
    const LinkWish& wish = settings.wish;
    const std::string route = fmt::format("<sip:{};transport={}>", wish.server, name(wish.transport));
    std::string xml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<config xmlns=\"http://www.linphone.org/xsds/lpconfig.xsd\">\n";
    // Else it would ask for the link at each start, and it is good once.
    xml += section("misc", entry("transient_provisioning", "1"));
    xml += sip_section(settings);
    xml += section("rtp", entry("avpf", "0"));
    // Of a digest of SHA-256 it makes nothing here; the registrar offers both.
    xml += section("auth_info_0", entry("username", wish.user) + entry("ha1", settings.ha1_md5) +
                                      entry("realm", settings.realm) + entry("domain", wish.domain) +
                                      entry("algorithm", "MD5"));
    xml += section("proxy_0", entry("reg_proxy", route) + entry("reg_route", route) +
                                  entry("reg_identity", fmt::format("sip:{}@{}", wish.user, wish.domain)) +
                                  entry("reg_expires", std::to_string(register_every_s)) +
                                  entry("reg_sendregister", "1") + entry("publish", "0") +
                                  entry("avpf", "0") + entry("nat_policy_ref", "hedgewitch"));
    xml += section("nat_policy_0", entry("ref", "hedgewitch") + entry("stun_server", wish.stun_server) +
                                       entry("protocols", "stun,ice"));
    return xml + "</config>\n";
}

// --- baresip: a line of its file "accounts".

std::string_view encryption_in_baresip(MediaEncryption encryption) {
    switch (encryption) {
        case MediaEncryption::none: return "";
        case MediaEncryption::srtp: return ";mediaenc=srtp";
        case MediaEncryption::zrtp: return ";mediaenc=zrtp";
        case MediaEncryption::dtls_srtp: return ";mediaenc=dtls_srtp";
    }
    return "";
}

std::string baresip(const PhoneAccount& settings) {
    const LinkWish& wish = settings.wish;
    return fmt::format(
        "<sip:{0}@{1};transport={2}>;auth_user={0};auth_pass={3};outbound=\"sip:{1};transport={2}\";"
        "regint={4};medianat=ice;stunserver=stun:{5}{6}\n",
        wish.user, wish.server, name(wish.transport), wish.password, register_every_s, wish.stun_server,
        encryption_in_baresip(wish.encryption));
}

// --- desk phones

constexpr std::string_view not_tried =
    "Hedgewitch: written by the maker's manual, and tried with no phone of this kind.";

std::string port_of_stun(const std::string& stun) {
    const auto colon = stun.rfind(':');
    return colon == std::string::npos || stun.back() == ']' ? "3478" : stun.substr(colon + 1);
}

std::string yealink(const PhoneAccount& settings) {
    const LinkWish& wish = settings.wish;
    const int transport = wish.transport == PhoneTransport::udp   ? 0
                          : wish.transport == PhoneTransport::tcp ? 1
                                                                  : 2;
    const int srtp = wish.encryption == MediaEncryption::srtp ? 1 : 0;  // 1: where the other side can, too
    std::string text = fmt::format("#!version:1.0.0.1\n# {}\n", not_tried);
    const auto line = [&text](std::string_view key, std::string_view value) {
        text += fmt::format("{} = {}\n", key, value);
    };
    line("account.1.enable", "1");
    for (const auto* key : {"label", "display_name", "auth_name", "user_name"})
        line(fmt::format("account.1.{}", key), wish.user);
    line("account.1.password", wish.password);
    line("account.1.sip_server.1.address", host_of(wish.server));
    line("account.1.sip_server.1.port", port_of(settings));
    line("account.1.sip_server.1.transport_type", std::to_string(transport));
    line("account.1.sip_server.1.expires", std::to_string(register_every_s));
    line("account.1.outbound_proxy_enable", "1");
    line("account.1.outbound_proxy.1.address", host_of(wish.server));
    line("account.1.outbound_proxy.1.port", port_of(settings));
    line("account.1.srtp_encryption", std::to_string(srtp));
    line("account.1.nat.nat_traversal", "1");
    line("sip.nat_stun.enable", "1");
    line("sip.nat_stun.server", host_of(wish.stun_server));
    line("sip.nat_stun.port", port_of_stun(wish.stun_server));
    line("ice.enable", "1");
    if (!settings.phonebook.empty()) {
        line("remote_phonebook.data.1.url", settings.phonebook + "&for=yealink");
        line("remote_phonebook.data.1.name", "Hedgewitch");
    }
    return text;
}

std::string grandstream(const PhoneAccount& settings) {
    const LinkWish& wish = settings.wish;
    const int transport = wish.transport == PhoneTransport::udp   ? 0
                          : wish.transport == PhoneTransport::tcp ? 1
                                                                  : 2;
    const int srtp = wish.encryption == MediaEncryption::srtp ? 1 : 0;
    const std::string at = host_of(wish.server) + ":" + port_of(settings);
    std::string xml = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- {} -->\n"
        "<gs_provision version=\"1\">\n  <config version=\"1\">\n",
        not_tried);
    const auto value = [&xml](std::string_view key, std::string_view text) {
        xml += fmt::format("    <{0}>{1}</{0}>\n", key, xml_text(text));
    };
    value("P271", "1");        // account 1 is active
    value("P270", wish.user);  // its name
    value("P47", at);          // SIP server
    value("P48", at);          // outbound proxy
    value("P35", wish.user);   // SIP user ID
    value("P36", wish.user);   // authentication ID
    value("P34", wish.password);
    value("P3", wish.user);  // shown name
    value("P130", std::to_string(transport));
    value("P32", std::to_string(register_every_s / 60));  // minutes
    value("P183", std::to_string(srtp));
    value("P52", "2");  // STUN
    value("P76", wish.stun_server);
    return xml + "  </config>\n</gs_provision>\n";
}

std::string snom(const PhoneAccount& settings) {
    const LinkWish& wish = settings.wish;
    std::string xml = fmt::format(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- {} -->\n<settings>\n  <phone-settings>\n",
        not_tried);
    const auto value = [&xml](std::string_view key, std::string_view text) {
        xml += fmt::format("    <{0} idx=\"1\" perm=\"\">{1}</{0}>\n", key, xml_text(text));
    };
    value("user_active", "on");
    for (const auto* key : {"user_realname", "user_name", "user_pname"})
        value(key, wish.user);
    value("user_pass", wish.password);
    value("user_host", host_of(wish.server));
    value("user_outbound",
          fmt::format("{}:{};transport={}", host_of(wish.server), port_of(settings), name(wish.transport)));
    value("user_expiry", std::to_string(register_every_s));
    value("user_ice", "on");
    value("user_stun_server", wish.stun_server);
    value("user_srtp", wish.encryption == MediaEncryption::srtp ? "on" : "off");
    value("user_savp", wish.encryption == MediaEncryption::srtp ? "optional" : "off");
    return xml + "  </phone-settings>\n</settings>\n";
}

// --- the phone in a browser (node/page/phone/account.js), which speaks to the host that it came from.

std::string browser(const PhoneAccount& settings) {
    auto stun = nlohmann::json::array();
    for (const auto& server : settings.wish.browser_stun)
        stun.push_back("stun:" + server);
    nlohmann::ordered_json json = {{"user", settings.wish.user},
                                   {"domain", settings.wish.domain},
                                   {"ha1", settings.ha1_md5},
                                   {"stun", stun}};
    // By the path alone: whether the browser knows the node by a name or an address is its own affair.
    const auto path = settings.phonebook.find("/phonebook.");
    if (path != std::string::npos) json["phonebook"] = settings.phonebook.substr(path) + "&for=browser";
    return json.dump() + "\n";
}

/// Files of lines and parameters have no quoting that all phones read.
bool is_plain(const std::string& password) {
    return std::all_of(password.begin(), password.end(), [](char c) {
        return c > ' ' && c < 0x7f && std::string_view(";,<>\"\\%#=&").find(c) == std::string_view::npos;
    });
}

}  // namespace

bool needs_password(PhoneKind kind) noexcept {
    return kind != PhoneKind::linphone && kind != PhoneKind::browser;
}

tl::expected<SettingsFile, std::string> settings_file(PhoneKind kind, const PhoneAccount& settings) {
    if (needs_password(kind) && !is_plain(settings.wish.password))
        return tl::unexpected(fmt::format(
            "the password of {} has characters that a file for {} cannot hold: `hedgewitch user passwd {}` "
            "makes one of digits",
            settings.wish.user, name(kind), settings.wish.user));
    switch (kind) {
        case PhoneKind::linphone: return SettingsFile{"application/xml; charset=utf-8", linphone(settings)};
        case PhoneKind::baresip: return SettingsFile{"text/plain; charset=utf-8", baresip(settings)};
        case PhoneKind::yealink: return SettingsFile{"text/plain; charset=utf-8", yealink(settings)};
        case PhoneKind::grandstream:
            return SettingsFile{"application/xml; charset=utf-8", grandstream(settings)};
        case PhoneKind::snom: return SettingsFile{"application/xml; charset=utf-8", snom(settings)};
        case PhoneKind::browser: return SettingsFile{"application/json", browser(settings)};
    }
    return tl::unexpected(std::string("no such phone"));
}

}  // namespace node
