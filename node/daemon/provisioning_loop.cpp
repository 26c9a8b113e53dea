// node/daemon/provisioning_loop.cpp - commands become links, links become files for phones.
#include "node/daemon/provisioning_loop.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "crypto/hkdf.hpp"
#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/identity/certificate_names.hpp"
#include "node/names/password.hpp"
#include "node/page/phone/phone_files.hpp"
#include "node/provisioning/link_report.hpp"
#include "node/reach/home_network.hpp"
#include "node/reach/network_dump.hpp"
#include "sip/auth/digest.hpp"

namespace node {
namespace {

crypto::Bytes<32> secret_of(const crypto::Identity& identity) {
    crypto::Bytes<32> secret;
    crypto::hkdf_sha512(crypto::bytes_of("hedgewitch/v1/phonebook"), identity.seed().view(), {}, secret);
    return secret;
}

std::string text(const Json& request, const char* name) {
    const auto found = request.find(name);
    return found != request.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_set(const Json& request, const char* name) {
    const auto found = request.find(name);
    return found != request.end() && found->is_boolean() && found->get<bool>();
}

overlay::Transport overlays(PhoneTransport transport) {
    switch (transport) {
        case PhoneTransport::udp: return overlay::Transport::udp;
        case PhoneTransport::tcp: return overlay::Transport::tcp;
        case PhoneTransport::tls: return overlay::Transport::tls;
    }
    return overlay::Transport::udp;
}

std::optional<std::uint16_t> port_of(const Config& config, overlay::Transport transport) {
    for (const auto& listen : config.sip.listen) {
        if (listen.transport == transport) return listen.port;
    }
    return std::nullopt;
}

std::string without_port(const std::string& server) {
    const auto colon = server.rfind(':');
    return colon == std::string::npos || server.back() == ']' ? server : server.substr(0, colon);
}

constexpr std::uint16_t sip_port = 5060;

/// The name under which phones can check the node's certificate; empty: they cannot.
std::string proven_host(const Config& config) {
    const auto names = proven_names_in(config.sip.tls_certificate);
    return names.empty() ? std::string() : names.front();
}

/// Chromium asks no STUN server at SIP's ports (Fetch §2.9, "bad port"), and waits for its answer all the
/// same: seconds, before each call. At home a contact's shows how the Internet sees the browser, away from it
/// the node's own does.
std::vector<std::string> stun_for_browsers(const std::string& of_a_contact, const std::string& host,
                                           std::uint16_t port) {
    std::vector<std::string> servers;
    if (!of_a_contact.empty() && !of_a_contact.ends_with(":5060") && !of_a_contact.ends_with(":5061"))
        servers.push_back(of_a_contact);
    if (port != 0) servers.push_back(fmt::format("{}:{}", host, port));
    return servers;
}

std::string with_port(const std::string& host, std::uint16_t port) {
    return port == sip_port ? host : fmt::format("{}:{}", host, port);
}

}  // namespace

ProvisioningLoop::ProvisioningLoop(asio::io_context& loop, const Config& config, const StatePaths& paths,
                                   const crypto::Identity& identity, Host& host)
    : config_(config),
      host_(host),
      proven_host_(proven_host(config)),
      database_(paths.database, Durability::power_loss),
      users_(database_, config.sip.realm),
      contacts_(database_),
      provisioning_(*this, secret_of(identity)),
      plain_(loop, *this) {
    database_.wait_at_most(loop_patience);
}

void ProvisioningLoop::link(const Json& request, const std::string& stun_server,
                            const ControlServer::Reply& reply, const ControlServer::Fail& fail) {
    try {
        users_.reload();
        auto wish = wish_of(request, stun_server);
        if (!wish) return fail(wish.error());
        const bool https = wish->certificate_proven || is_set(request, "https");
        const auto base = base_url(https);
        if (!base) return fail(base.error());
        const LinkWish kept = *wish;
        const std::string token =
            provisioning_.links().make(std::move(*wish), crypto::random_array<20>(), now());
        spdlog::info("provisioning: a link for a phone of {}, good for ten minutes", kept.user);
        reply(LinkReport{kept.user, *base + "/p/" + token, !https, kept.certificate_proven,
                         !kept.password.empty(), std::chrono::seconds(ProvisioningLinks::lifetime).count(),
                         std::string(name(kept.transport)), std::string(name(kept.encryption)), kept.server,
                         kept.stun_server, provisioning_.phonebook_url(kept.user),
                         !phone_for_browsers().empty()});
    } catch (const std::exception& e) {  // the database, or no socket
        fail(e.what());
    }
}

Json ProvisioningLoop::serve(const Json& request) {
    ProvisioningAnswer answer;
    try {
        if (text(request, "command") == "phonebook") {
            users_.reload();
            answer =
                provisioning_.contacts(text(request, "user"), text(request, "key"), text(request, "for"));
        } else {
            answer = plain_request({text(request, "path"), text(request, "for"), text(request, "by"),
                                    is_set(request, "browser")});
        }
    } catch (const DatabaseError& e) {
        answer = {503, "text/plain; charset=utf-8",
                  std::string("The node cannot read its state: ") + e.what() + "\n"};
    }
    return {{"status", answer.status}, {"type", answer.type}, {"body", answer.body}};
}

std::optional<ProvisioningHost::Account> ProvisioningLoop::account(const std::string& user) {
    const auto* found = users_.find(user);
    if (found == nullptr) return std::nullopt;
    return Account{config_.sip.realm, found->ha1_md5};
}

tl::expected<std::string, std::string> ProvisioningLoop::new_password(const std::string& user) {
    try {
        const std::string password = make_password();
        if (!users_.change({user, config_.sip.realm, sip::credentials_of(user, config_.sip.realm, password),
                            wall_now()}))
            return tl::unexpected("there is no user " + user);
        host_.accounts_changed();
        return password;
    } catch (const DatabaseError& e) {
        return tl::unexpected(std::string(e.what()));
    }
}

std::vector<Contact> ProvisioningLoop::contacts() {
    contacts_.reload();
    return contacts_.all();
}

std::string ProvisioningLoop::page() const {
    const auto port = port_of(config_, overlay::Transport::wss);
    if (!port) return {};
    return fmt::format("https://{}:{}", proven_host_.empty() ? without_port(server()) : proven_host_, *port);
}

std::string ProvisioningLoop::phone_for_browsers() const {
    return phone_files().empty() ? std::string() : page();
}

std::string ProvisioningLoop::server() const {
    return phones_server(config_.sip.listen, network_or_addresses());
}

bool ProvisioningLoop::is_at_home(const asio::ip::address& peer) const {
    const auto inner = overlay::unwrapped(peer);
    return !inner.is_unspecified() && !overlay::is_global(inner);
}

ProvisioningAnswer ProvisioningLoop::plain_request(const ProvisioningRequest& request) {
    try {
        users_.reload();
        const auto used = provisioning_.used();
        auto answer = provisioning_.settings(request, now());
        if (provisioning_.used() != used) spdlog::info("provisioning: a link was used from {}", request.by);
        return answer;
    } catch (const DatabaseError& e) {
        return {503, "text/plain; charset=utf-8",
                std::string("The node cannot read its state: ") + e.what() + "\n"};
    }
}

/// Empty: the node does not listen so.
std::string ProvisioningLoop::server_by(PhoneTransport transport) const {
    std::vector<overlay::TransportAddress> listen;
    std::copy_if(config_.sip.listen.begin(), config_.sip.listen.end(), std::back_inserter(listen),
                 [&](const auto& each) { return each.transport == overlays(transport); });
    return phones_server(listen, network_or_addresses());
}

tl::expected<LinkWish, std::string> ProvisioningLoop::wish_of(const Json& request,
                                                              const std::string& stun_server) {
    LinkWish wish;
    const auto label = crypto::canonical_label(text(request, "user"));
    if (!label || users_.find(*label) == nullptr)
        return tl::unexpected("there is no user " + text(request, "user") +
                              ": `hedgewitch user list` shows them");
    wish.user = *label;
    wish.password = text(request, "password");
    const auto tls_port = port_of(config_, overlay::Transport::tls);
    const auto encryption = text(request, "encryption"), transport = text(request, "transport");
    const auto known_encryption = media_encryption_of(encryption.empty() ? "zrtp" : encryption);
    if (!known_encryption)
        return tl::unexpected("\"" + encryption + "\" is none of none, srtp, zrtp and dtls_srtp");
    wish.encryption = *known_encryption;
    const auto usual = !proven_host_.empty() && tls_port ? PhoneTransport::tls : PhoneTransport::udp;
    const auto known_transport = transport.empty() ? usual : phone_transport_of(transport);
    if (!known_transport) return tl::unexpected("\"" + transport + "\" is none of udp, tcp and tls");
    wish.transport = *known_transport;
    wish.certificate_proven = !proven_host_.empty();
    const bool by_name = wish.transport == PhoneTransport::tls && wish.certificate_proven && tls_port;
    wish.server = by_name ? with_port(proven_host_, *tls_port) : server_by(wish.transport);
    const auto& domains = config_.sip.domains;
    const bool own_domain = std::find(domains.begin(), domains.end(), proven_host_) != domains.end();
    wish.domain = by_name && own_domain ? proven_host_ : server();
    if (wish.server.empty())
        return tl::unexpected(fmt::format("sip.listen has no {} for phones", name(wish.transport)));
    // The node itself answers STUN on its SIP port; it shows what it sees, at home the phone's own address.
    const auto udp = port_of(config_, overlay::Transport::udp);
    wish.stun_server = !stun_server.empty()
                           ? stun_server
                           : fmt::format("{}:{}", without_port(server()), udp.value_or(sip_port));
    wish.browser_stun = stun_for_browsers(stun_server, without_port(server()), config_.media.stun_port);
    return wish;
}

tl::expected<std::string, std::string> ProvisioningLoop::base_url(bool https) {
    if (https) {
        const std::string base = page();
        if (base.empty())
            return tl::unexpected(
                std::string("there is no HTTPS: sip.listen names no wss, like \"wss:0.0.0.0:8443\""));
        return base;
    }
    const std::string host = without_port(server());
    const auto address = asio::ip::make_address(host.front() == '[' ? host.substr(1, host.size() - 2) : host);
    if (!is_at_home(address))
        return tl::unexpected(std::string(
            "this machine is in no home network: a link without a certificate that phones can check would "
            "show "
            "the password to everybody on the way. Give the node one (sip.tls_certificate)"));
    const auto port = plain_.listen(address, std::chrono::steady_clock::now() + ProvisioningLinks::lifetime);
    return fmt::format("http://{}:{}", host, port);
}

}  // namespace node
