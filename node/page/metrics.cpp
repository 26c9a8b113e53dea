// node/page/metrics.cpp - one table, one writer.
#include "node/page/metrics.hpp"

#include <algorithm>
#include <string_view>

#include "node/page/plain_page.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

struct Metric {
    const char *name, *type, *help;
    const char* at;               // a JSON pointer into the status
    const char* label = nullptr;  // its object's keys are values of this label
};

constexpr const char *counter = "counter", *gauge = "gauge";

// clang-format off
constexpr Metric metrics[] = {
    {"hedgewitch_uptime_seconds", gauge, "Since the node was started.", "/running_for_s"},
    {"hedgewitch_contacts", gauge, "Contacts that are kept.", "/contacts"},
    {"hedgewitch_sip_requests_total", counter, "SIP messages that came.", "/sip/received"},
    {"hedgewitch_sip_unreadable_total", counter, "Of them those that were no SIP.", "/sip/unreadable"},
    {"hedgewitch_sip_retransmissions_total", counter, "Requests that had come before.", "/sip/retransmissions"},
    {"hedgewitch_sip_responses_refused_total", counter, "Responses that fitted no request or broke a rule.", "/sip/responses_refused"},
    {"hedgewitch_sip_registrations_total", counter, "REGISTER requests that were granted.", "/sip/registered"},
    {"hedgewitch_sip_redirects_total", counter, "Calls that were answered with where to go.", "/sip/sent_302"},
    {"hedgewitch_sip_proxied_total", counter, "Requests that were passed on.", "/sip/proxied"},
    {"hedgewitch_sip_challenges_total", counter, "Requests that were asked for a password.", "/sip/challenged"},
    {"hedgewitch_sip_credentials_refused_total", counter, "Passwords that were wrong.", "/sip/credentials_refused"},
    {"hedgewitch_sip_replays_refused_total", counter, "Passwords that were said a second time.", "/sip/replays_refused"},
    {"hedgewitch_sip_dialogs_refused_total", counter, "Requests of who had no part in the dialog.", "/sip/dialogs_refused"},
    {"hedgewitch_sip_answers_total", counter, "Final answers, by status.", "/sip/answers", "status"},
    {"hedgewitch_sip_lookups_pending", gauge, "Calls whose callee is being looked for.", "/sip/lookups_pending"},
    {"hedgewitch_callers_waiting", gauge, "Callers that wait for the person.", "/inbound/waiting"},
    {"hedgewitch_contact_calls_rung_total", counter, "Calls of contacts that rang.", "/inbound/contacts_rang"},
    {"hedgewitch_stranger_calls_rung_total", counter, "Calls of strangers that rang.", "/inbound/strangers_rang"},
    {"hedgewitch_calls_refused_total", counter, "Calls that did not ring, for whom they came from.", "/inbound/refused"},
    {"hedgewitch_calls_limited_total", counter, "Calls that did not ring, for there were too many.", "/inbound/limited"},
    {"hedgewitch_gate_silent_total", counter, "Requests that got no answer, for too many came from there.", "/inbound/silent"},
    {"hedgewitch_gate_scanners_total", counter, "Requests of scanners.", "/inbound/scanners"},
    {"hedgewitch_gate_passwords_unlooked_total", counter, "Passwords at which nobody looked.", "/inbound/passwords_unlooked"},
    {"hedgewitch_media_streams_untouched_total", counter, "Streams that went from phone to phone.", "/media/untouched"},
    {"hedgewitch_media_streams_by_door_total", counter, "Streams that went through ports of this machine.", "/media/by_door"},
    {"hedgewitch_media_streams_silent_total", counter, "Streams that nobody could hear.", "/media/silent"},
    {"hedgewitch_media_doors_open", gauge, "Ports that are open for sound.", "/media/doors_open"},
    {"hedgewitch_media_packets_total", counter, "Packets of sound that were passed on.", "/media/packets"},
    {"hedgewitch_media_bytes_total", counter, "Bytes of sound that were passed on.", "/media/bytes"},
    {"hedgewitch_connections_open", gauge, "Connections of phones, nodes and browsers.", "/transport/connections_open"},
    {"hedgewitch_connections_accepted_total", counter, "Connections that were accepted.", "/transport/connections_accepted"},
    {"hedgewitch_connections_refused_total", counter, "Connections for which there was no room.", "/transport/connections_refused"},
    {"hedgewitch_connections_closed_bad_total", counter, "Connections whose peer broke a rule or was too slow.", "/transport/connections_closed_bad"},
    {"hedgewitch_connections_made_room_total", counter, "Connections that made room for others.", "/transport/connections_made_room"},
    {"hedgewitch_connections_held_bytes", gauge, "Bytes that are held for connections, read or unsent.", "/transport/bytes_held"},
    {"hedgewitch_datagrams_received_total", counter, "Datagrams that came for SIP.", "/transport/datagrams_in"},
    {"hedgewitch_datagrams_sent_total", counter, "Datagrams that SIP has sent.", "/transport/datagrams_out"},
    {"hedgewitch_tls_handshakes_accepted_total", counter, "TLS handshakes of others that went well.", "/tls/accepted"},
    {"hedgewitch_tls_handshakes_failed_total", counter, "TLS handshakes that did not.", "/tls/failed"},
    {"hedgewitch_dht_nodes_good", gauge, "Nodes of the DHT that answer, by family.", "/overlay", "family"},
    {"hedgewitch_dht_stored_values", gauge, "Values that are kept for others.", "/overlay/stored_values"},
    {"hedgewitch_dht_stored_bytes", gauge, "Their bytes.", "/overlay/stored_bytes"},
    {"hedgewitch_dht_received_packets_total", counter, "Packets of the DHT that came.", "/overlay/packets_in"},
    {"hedgewitch_dht_sent_packets_total", counter, "Packets that were sent to the DHT.", "/overlay/packets_out"},
    {"hedgewitch_dht_received_bytes_total", counter, "Bytes of the DHT that came.", "/overlay/bytes_in"},
    {"hedgewitch_dht_sent_bytes_total", counter, "Bytes that were sent to the DHT.", "/overlay/bytes_out"},
    {"hedgewitch_dht_lookups_total", counter, "Names that were looked for.", "/overlay/lookups"},
    {"hedgewitch_dht_cache_hits_total", counter, "Of them those that were known.", "/overlay/cache_hits"},
    {"hedgewitch_log_lines_lost_total", counter, "Lines that whoever reads the log was too slow for.", "/machine/log_lines_lost"},
};

// Of the two members of "overlay" that are one metric.
constexpr std::pair<const char*, const char*> families[] = {{"ipv4", "good_nodes_v4"}, {"ipv6", "good_nodes_v6"}};
// clang-format on

const Json* number_at(const Json& object, std::string_view pointer) {
    const Json::json_pointer at{std::string(pointer)};
    if (!object.contains(at) || !object.at(at).is_number()) return nullptr;
    return &object.at(at);
}

void begin(std::string& out, const char* name, const char* type, const char* help) {
    out += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void sample(std::string& out, const char* name, const std::string& labels, const Json& value) {
    out += name + (labels.empty() ? std::string() : "{" + labels + "}") + " " + value.dump() + "\n";
}

/// Values of labels are names of ours: digits, letters and "_". What else there is, is left out.
std::string label(const char* name, std::string_view value) {
    const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_';
    });
    return plain ? std::string(name) + "=\"" + std::string(value) + "\"" : std::string();
}

void write_each(std::string& out, const Metric& metric, const Json& object) {
    for (const auto& [key, value] : object.items()) {
        const auto labels = label(metric.label, key);
        if (value.is_number() && !labels.empty()) sample(out, metric.name, labels, value);
    }
}

void write_families(std::string& out, const Metric& metric, const Json& overlay) {
    for (const auto& [family, member] : families) {
        if (overlay.contains(member))
            sample(out, metric.name, label(metric.label, family), overlay.at(member));
    }
}

void write(std::string& out, const Metric& metric, const Json& status) {
    if (metric.label == nullptr) {
        const auto* const number = number_at(status, metric.at);
        if (number == nullptr) return;
        begin(out, metric.name, metric.type, metric.help);
        return sample(out, metric.name, {}, *number);
    }
    const Json::json_pointer at{std::string(metric.at)};
    if (!status.contains(at) || !status.at(at).is_object()) return;
    begin(out, metric.name, metric.type, metric.help);
    if (std::string_view(metric.at) == "/overlay")
        write_families(out, metric, status.at(at));
    else
        write_each(out, metric, status.at(at));
}

}  // namespace

std::string metrics_text(const Json& status, const Json& front) {
    std::string out;
    begin(out, "hedgewitch_info", gauge, "Which Hedgewitch this is.");
    std::string version = status.value("version", "");
    version.erase(std::remove_if(version.begin(), version.end(),
                                 [](char c) { return c == '"' || c == '\\' || c == '\n'; }),
                  version.end());
    out += "hedgewitch_info{version=\"" + version + "\"} 1\n";
    begin(out, "hedgewitch_users", gauge, "Users of this node.");
    const auto users = status.value("users", Json::array());
    std::uint64_t phones = 0;
    for (const auto& user : users)
        phones += user.value("phones", std::uint64_t{0});
    sample(out, "hedgewitch_users", {}, users.size());
    begin(out, "hedgewitch_phones_registered", gauge, "Phones that are logged in.");
    sample(out, "hedgewitch_phones_registered", {}, phones);
    for (const auto& metric : metrics)
        write(out, metric, status);
    const Metric requests{"hedgewitch_page_requests_total", counter, "Requests of browsers at the page.", "",
                          nullptr};
    const Metric refused{"hedgewitch_page_refused_total", counter, "Of them those that were refused, by why.",
                         "", "why"};
    begin(out, requests.name, requests.type, requests.help);
    sample(out, requests.name, {}, front.value("requests", std::uint64_t{0}));
    begin(out, refused.name, refused.type, refused.help);
    auto reasons = front;
    reasons.erase("requests");
    write_each(out, refused, reasons);
    return out;
}

PageAnswer MetricsPages::answer(const PageRequest& request, sip::Now) {
    const bool may =
        whom_ == PageMetrics::lan || (whom_ == PageMetrics::loopback && request.peer.is_loopback());
    if (!may || request.method != "GET") return says(404, request.language, "server.not_found");
    const auto status = node_.ask({{"command", "status"}});
    if (!status) return says(503, request.language, "server.failed");
    PageAnswer answer;
    answer.type = "text/plain; version=0.0.4; charset=utf-8";
    answer.body = metrics_text(*status, Json(front_));
    return answer;
}

}  // namespace node
