// node/cli/status_text.cpp - sentences first, figures after.
#include "node/cli/status_text.hpp"

#include <fmt/format.h>

namespace node {
namespace {

using Json = nlohmann::ordered_json;

std::string joined(const Json& list) {
    std::string text;
    for (const auto& entry : list)
        text += (text.empty() ? "" : ", ") + entry.get<std::string>();
    return text.empty() ? "none" : text;
}

std::string network_sentence(const Json& status) {
    const Json& overlay = status.at("overlay");
    if (!overlay.value("enabled", false)) {
        return "The DHT is switched off: others find you only through DNS. Set dht.enabled = true to change "
               "that.\n";
    }
    const unsigned nodes = overlay.value("good_nodes_v4", 0U) + overlay.value("good_nodes_v6", 0U);
    if (overlay.value("connectivity", "") == "connected")
        return fmt::format("You are in the DHT, and know {} node{} of it.\n", nodes, nodes == 1 ? "" : "s");
    return fmt::format(
        "You are not in the DHT ({}): nobody can find you through it. Is the machine online, and does UDP "
        "from {} get out? "
        "dht.bootstrap names the nodes that are asked first.\n",
        overlay.value("connectivity", ""), joined(overlay.value("listening", Json::array())));
}

const Json* record_of(const Json& status, const std::string& user) {
    const Json& overlay = status.at("overlay");
    if (!overlay.contains("published")) return nullptr;
    for (const auto& record : overlay["published"]) {
        if (record.value("label", "") == user && !record.value("withdrawn", false)) return &record;
    }
    return nullptr;
}

std::string user_sentence(const Json& status, const Json& user) {
    const std::string name = user.value("user", "");
    const int phones = user.value("phones", 0);
    if (phones == 0)
        return fmt::format(
            "{}: no phone is registered, so calls get 480. Set one up with user {} and its password.\n", name,
            name);
    std::string text = fmt::format("{}: {} phone{} registered. ", name, phones, phones == 1 ? "" : "s");
    if (!status.at("overlay").value("enabled", false)) return text + "Not published.\n";
    if (status.at("advertised").empty())
        return text + "Not published: this node has no address that others may call.\n";
    const Json* record = record_of(status, name);
    if (record == nullptr) return text + "About to be published.\n";
    if (record->value("read_back", 0) == 0) return text + "Published; not yet seen in the DHT.\n";
    return text + fmt::format("Others can call sip:{}@{}; the record was read back at {} place(s).\n", name,
                              status.value("address", ""), record->value("read_back", 0));
}

std::string address_sentence(const Json& status) {
    return status.value("reach", Json::object()).value("says", "") + "\n";
}

/// What a person has to decide or to mend before all else.
std::string warnings(const Json& status) {
    std::string text;
    if (const auto clock = status.find("clock"); clock != status.end() && !clock->value("says", "").empty())
        text += clock->value("says", "") + " Until then others cannot be called, and nothing is published.\n";
    if (status.value("revoked", false))
        text += "This node's key is given up: whoever calls one of its names is told so (410).\n";
    for (const auto& name : status.value("trust", Json::object()).value("changed", Json::array())) {
        text += fmt::format(
            "The key of {} has changed; calls to it are refused until you decide: `hedgewitch trust list`.\n",
            name.get<std::string>());
    }
    if (const auto waiting = status.value("inbound", Json::object()).value("waiting", 0U); waiting > 0) {
        text += fmt::format("{} caller{} not let through, and wait{} for you: `hedgewitch callers`.\n",
                            waiting, waiting == 1 ? " was" : "s were", waiting == 1 ? "s" : "");
    }
    if (const auto dns = status.find("dns"); dns != status.end() && dns->contains("trouble"))
        text += dns->value("trouble", "") + "\n";
    for (const auto& record : status.at("overlay").value("published", Json::array())) {
        if (!record.value("problem", "").empty())
            text += fmt::format("{}: {}.\n", record.value("label", ""), record.value("problem", ""));
    }
    return text;
}

std::string refusals(const Json& counters, const char* title) {
    std::string text;
    for (const auto& [reason, count] : counters.items()) {
        if (count.get<std::uint64_t>() > 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, count.get<std::uint64_t>());
    }
    return fmt::format("  {:<18} {}\n", title, text.empty() ? "nothing" : text);
}

std::string figures(const Json& status) {
    const Json& sip = status.at("sip");
    std::string text = fmt::format("\n  {:<18} {} ({} s)\n", "running", status.value("version", ""),
                                   status.value("running_for_s", 0));
    text += fmt::format("  {:<18} {}\n", "SIP", joined(status.at("listening")));
    text += fmt::format(
        "  {:<18} {} received, {} registered, {} redirected, {} wrong passwords, {} replays, {} relay "
        "attempts refused\n",
        "", sip.value("received", 0), sip.value("registered", 0), sip.value("sent_302", 0),
        sip.value("credentials_refused", 0), sip.value("replays_refused", 0), sip.value("relay_refused", 0));
    if (const auto in = status.find("inbound"); in != status.end()) {
        text += fmt::format(
            "  {:<18} {} of contacts rang, {} of strangers; {} refused, {} without an answer, {} scanners\n",
            "calls from outside", in->value("contacts_rang", 0), in->value("strangers_rang", 0),
            in->value("refused", 0), in->value("ignored", 0) + in->value("silent", 0),
            in->value("scanners", 0));
    }
    const Json& overlay = status.at("overlay");
    if (!overlay.value("enabled", false)) return text;
    text += fmt::format("  {:<18} network {}, {}, {} values ({} bytes) kept for others\n", "DHT",
                        status.value("dht_network", 0U), joined(overlay.at("listening")),
                        overlay.value("stored_values", 0), overlay.value("stored_bytes", 0));
    text += refusals(overlay.at("refused_as_storer"), "refused to store");
    text += refusals(overlay.at("refused_as_caller"), "refused as caller");
    return text;
}

}  // namespace

std::string status_text(const Json& status) {
    std::string text = warnings(status) + network_sentence(status) + address_sentence(status);
    if (status.at("users").empty())
        text += "There is no user yet: `hedgewitch user add NAME` makes an account for your phone.\n";
    for (const auto& user : status["users"])
        text += user_sentence(status, user);
    return text + figures(status);
}

}  // namespace node
