// node/cli/dns_record.cpp - the key's TXT record, and NAPTR, SRV and addresses for callers without
// Hedgewitch.
#include "node/cli/dns_record.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <set>

#include "crypto/name.hpp"
#include "node/addresses.hpp"
#include "node/dns/dnssec_resolver.hpp"
#include "node/dns/key_binding_record.hpp"
#include "node/dns/naptr.hpp"
#include "node/dns/srv.hpp"
#include "node/names/host_name.hpp"
#include "node/names/idn.hpp"

namespace node {
namespace {

struct Options {
    std::string domain;  // empty: the first of sip.domains
    std::optional<std::int64_t> max_age;
};

constexpr const char* ttl = " 3600 IN ";

std::string domain_for(const CommandContext& context, const std::string& given) {
    if (given.empty() && context.config.sip.domains.empty())
        throw std::runtime_error("which domain? Say --domain example.org, or set sip.domains");
    const std::string& wanted = given.empty() ? context.config.sip.domains.front() : given;
    const auto domain = to_ascii_host(wanted);
    if (!domain || why_never_asked(*domain) || !is_host_name(key_binding_name(*domain)))
        throw std::runtime_error("\"" + wanted + "\" is no domain that can stand in DNS");
    asio::error_code no_address;
    (void)asio::ip::make_address(*domain, no_address);
    if (!no_address) throw std::runtime_error("\"" + wanted + "\" is an address, and no domain");
    return *domain;
}

/// The transports that the node listens on, each with its first port, in the order in which callers should
/// try.
std::vector<std::pair<sip::Transport, std::uint16_t>> services_of(const Config& config) {
    std::vector<std::pair<sip::Transport, std::uint16_t>> services;
    for (const auto transport : {sip::Transport::udp, sip::Transport::tcp, sip::Transport::tls,
                                 sip::Transport::ws, sip::Transport::wss}) {
        const auto listen = std::find_if(
            config.sip.listen.begin(), config.sip.listen.end(),
            [&](const auto& address) { return to_sip(address.transport) == transport && address.port != 0; });
        if (listen != config.sip.listen.end()) services.emplace_back(transport, listen->port);
    }
    return services;
}

void print_addresses(const Config& config, const std::string& host) {
    std::set<asio::ip::address> addresses;
    for (const auto& address : config.sip.advertise)
        addresses.insert(address.address);
    for (const auto& address : addresses)
        std::cout << host << ttl << (address.is_v4() ? "A " : "AAAA ") << address.to_string() << "\n";
    if (addresses.empty()) std::cout << "; " << host << ttl << "A  the public address of this node\n";
}

int print_record(const CommandContext& context, const Options& options) {
    const std::string domain = domain_for(context, options.domain);
    const std::string address = read_address(context.paths);  // <56 characters>.hedge.alt
    const auto key = crypto::decode_name(address.substr(0, address.find('.')));
    if (!key) throw std::runtime_error(context.paths.dir.string() + ": its address is damaged: " + address);
    const auto age = options.max_age ? std::chrono::seconds(*options.max_age) : default_key_binding_age;

    std::cout
        << "; The key of this node, proven to callers by the signatures of the zone: it counts only with "
           "DNSSEC.\n"
        << key_binding_name(domain) << "." << ttl << "TXT \"" << key_binding_text(*key, age) << "\"\n";
    const std::string host = "sip." + domain + ".";
    std::cout
        << "; Where callers without Hedgewitch find it (RFC 3263). Any other name of this node may stand "
           "in place of\n; "
        << host << "\n";
    unsigned order = 0;
    for (const auto& [transport, port] : services_of(context.config)) {
        const std::string name = std::string(srv_prefix(transport)) + domain + ".";
        std::cout << domain << "." << ttl << "NAPTR " << (order += 10) << " 10 \"s\" \""
                  << service_of_transport(transport) << "\" \"\" " << name << "\n"
                  << name << ttl << "SRV 0 0 " << port << " " << host << "\n";
    }
    print_addresses(context.config, host);
    const auto& own = context.config.sip.domains;
    if (std::find(own.begin(), own.end(), domain) == own.end())
        std::cout << "; And in the configuration of this node: sip.domains = [\"" << domain << "\"]\n";
    return exit_ok;
}

}  // namespace

void add_dns_record_command(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* record = app.add_subcommand(
        "dns-record",
        "Print the zone file lines that bind a domain to this node's key and lead callers here");
    record->add_option("--domain", options->domain, "The domain; without it the first of sip.domains")
        ->type_name("DOMAIN");
    record
        ->add_option("--max-age", options->max_age,
                     "For how many seconds callers keep the key without seeing it again (30 days)")
        ->type_name("SECONDS")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{longest_key_binding_age.count()}));
    commands.on(*record, [options](const CommandContext& c) { return print_record(c, *options); });
}

}  // namespace node
