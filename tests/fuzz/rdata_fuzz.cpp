// tests/fuzz/rdata_fuzz.cpp - any bytes as RDATA of SRV, NAPTR, TXT and addresses: what is accepted is a host
// name, fits on a screen, and binds to a key that can be written again.
#include <algorithm>
#include <string>

#include "crypto/name.hpp"
#include "node/dns/key_binding_record.hpp"
#include "node/dns/naptr.hpp"
#include "node/dns/reply_text.hpp"
#include "node/dns/srv.hpp"
#include "node/names/host_name.hpp"
#include "tests/fuzz/check.hpp"

namespace {

void check_trace(const std::string& rdata) {
    using node::DnsType;
    for (const auto type :
         {DnsType::a, DnsType::aaaa, DnsType::srv, DnsType::naptr, DnsType::txt, DnsType::dnskey}) {
        node::DnsReply reply;
        reply.status = node::DnsStatus::found;
        reply.records = {rdata};
        const std::string shown = summary(type, reply);
        FUZZ_CHECK(std::all_of(shown.begin(), shown.end(), [](char c) { return c >= ' ' && c <= '~'; }));
        FUZZ_CHECK(shown.size() < 2000);
    }
}

std::string txt(const std::string& text) {
    return static_cast<char>(text.size()) + text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string rdata(reinterpret_cast<const char*>(data), size);
    if (const auto srv = node::parse_srv(rdata)) {
        FUZZ_CHECK(srv->target.empty() || (node::is_host_name(srv->target) && srv->port != 0));
    }
    if (const auto naptr = node::parse_naptr(rdata)) {
        const std::size_t fields = naptr->flags.size() + naptr->services.size() + naptr->regexp.size();
        FUZZ_CHECK(size == 4 + 3 + fields + naptr->replacement.size() + (naptr->replacement.empty() ? 1 : 2));
    }
    const sip::Transport all[] = {sip::Transport::udp, sip::Transport::tcp, sip::Transport::tls,
                                  sip::Transport::ws, sip::Transport::wss};
    const std::string twice[] = {rdata, rdata};
    const auto services = node::sip_services(twice, all);
    FUZZ_CHECK(services.usable.size() <= 1);  // the same twice
    FUZZ_CHECK(services.usable.empty() || services.any);
    for (const auto& service : services.usable)
        FUZZ_CHECK(node::is_host_name(service.srv_name));

    // As it is, and as the text of one record: the first is seldom well-formed.
    for (const std::string& record : {rdata, txt(rdata.substr(0, 255))}) {
        const std::string records[] = {record};
        const auto found = node::parse_key_binding_records(records);
        FUZZ_CHECK(!found.record || found.trouble.empty());
        if (!found.record) continue;
        FUZZ_CHECK(found.record->max_age <= node::longest_key_binding_age);
        const std::string again[] = {txt(node::key_binding_text(found.record->key, found.record->max_age))};
        FUZZ_CHECK(node::parse_key_binding_records(again).record == found.record);
    }
    check_trace(rdata);
    return 0;
}
