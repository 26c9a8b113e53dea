// node/cli/dns_record.hpp - dns-record: what the owner of a domain puts into its zone file, ready to paste.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_dns_record_command(CLI::App& app, Commands& commands);

}  // namespace node
