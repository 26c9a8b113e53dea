// node/daemon/host_lookup.cpp - a question without SRV and NAPTR, and why there is no address.
#include "node/daemon/host_lookup.hpp"

namespace node {

DnsQuestion address_question(const std::string& host) {
    DnsQuestion question;
    question.dialled.host = host;
    question.dialled.port = 5060;  // RFC 3263 §4.2: with a port, A and AAAA are asked for and nothing else
    question.dialled.transport = "udp";
    return question;
}

HostAddresses host_addresses(const DnsAnswer& answer) {
    HostAddresses says;
    for (const auto& target : answer.targets)
        says.addresses.push_back(target.address);
    says.denied = answer.outcome == DnsOutcome::missing;
    says.fault = answer.cause == DnsStatus::nodata       ? "DNS knows no address of it"
                 : says.denied                           ? "DNS knows no such name"
                 : answer.outcome == DnsOutcome::timeout ? "DNS does not answer"
                                                         : "DNS fails";
    return says;
}

}  // namespace node
