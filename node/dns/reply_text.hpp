// node/dns/reply_text.hpp - what DNS answered, in words for people.
#pragma once

#include <string>

#include "node/dns/unbound_client.hpp"

namespace node {

/// "10 60 5060 sip.example.org, ... and 3 more", "NXDOMAIN", "no records", "SERVFAIL", "bogus: ...".
/// Printable ASCII only, whatever the server sent.
std::string summary(DnsType type, const DnsReply& reply);

}  // namespace node
