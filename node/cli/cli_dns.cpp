// node/cli/cli_dns.cpp - describes `dns-record`.
#include <memory>

#include "node/cli/cli_options.hpp"
#include "node/dns/key_binding_record.hpp"

namespace node {

void add_dns_commands(CLI::App& app, Chosen& chosen) {
    struct Given {
        std::string domain;
        std::optional<std::int64_t> max_age;
    };
    const auto given = std::make_shared<Given>();
    auto* record = app.add_subcommand(
        "dns-record",
        "Print the zone file lines that bind a domain to this node's key and lead callers here");
    record->add_option("--domain", given->domain, "The domain; without it the first of sip.domains")
        ->type_name("DOMAIN");
    record
        ->add_option("--max-age", given->max_age,
                     "For how many seconds callers keep the key without seeing it again (30 days)")
        ->type_name("SECONDS")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{longest_binding_age.count()}));
    record->callback([=, &chosen] {
        chosen = [=](const auto& c) { return dns_record_command(c, given->domain, given->max_age); };
    });
}

}  // namespace node
