// node/dns/asked.hpp - one question that was put to DNS, for the person who wants to know why.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace node {

enum class DnsSecurity : std::uint8_t { insecure, secure, bogus };
std::string_view name(DnsSecurity security) noexcept;

/// Of one question or lookup that is under way; to cancel it.
using QuestionId = std::uint64_t;

struct DnsAsked {
    std::string question;  // "_sip._udp.example.org SRV"; empty: `result` says why nothing was asked
    /// "10 60 5060 sip.example.org, ...", "192.0.2.1", "NXDOMAIN", "no records", "SERVFAIL", "no answer"
    std::string result;
    std::chrono::milliseconds elapsed{0};
    DnsSecurity security = DnsSecurity::insecure;
    bool answered = false;  // `security` is known
};

}  // namespace node
