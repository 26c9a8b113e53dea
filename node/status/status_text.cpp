// node/status/status_text.cpp - sentences first, figures after.
#include "node/status/status_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "sip/syntax/letter_case.hpp"

namespace node {
namespace {

std::string joined(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& entry : list)
        text += (text.empty() ? "" : ", ") + entry;
    return text.empty() ? "none" : text;
}

std::string network_sentence(const DhtStatus& dht) {
    if (!dht.enabled) {
        return "The DHT is switched off: others find you only through DNS. Set dht.enabled = true to change "
               "that.\n";
    }
    const unsigned nodes = dht.good_nodes_v4 + dht.good_nodes_v6;
    if (dht.connectivity == "connected")
        return fmt::format("You are in the DHT, and know {} node{} of it.\n", nodes, nodes == 1 ? "" : "s");
    if (dht.neighbours > 0) {
        return fmt::format(
            "You are not in the DHT ({}): who is on your network or in your mesh finds you without it, and "
            "nobody else. With a way to the Internet it is joined by itself.\n",
            dht.connectivity);
    }
    return fmt::format(
        "You are not in the DHT ({}): nobody can find you through it. Is the machine online, and does UDP "
        "from {} get out? "
        "dht.bootstrap names the nodes that are asked first.\n",
        dht.connectivity, joined(dht.listening));
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

const RecordStatus* record_of(const DhtStatus& dht, const std::string& user) {
    const auto found =
        std::find_if(dht.published.begin(), dht.published.end(),
                     [&](const RecordStatus& record) { return record.label == user && !record.withdrawn; });
    return found == dht.published.end() ? nullptr : &*found;
}

/// A phone that tries to log in as that user, and cannot.
const LoginFailure* failure_of(const NodeStatus& status, const std::string& user) {
    const auto& all = status.sip.login_failures;
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const LoginFailure& failure) { return concerns(failure, user); });
    return found == all.end() ? nullptr : &*found;
}

std::string user_sentence(const NodeStatus& status, const UserStatus& user) {
    const std::string& name = user.user;
    if (user.phones == 0) {
        if (const LoginFailure* failure = failure_of(status, name))
            return fmt::format(
                "{0}: no phone is registered, so calls get 480. One at {1} tries, and is not let in: see "
                "above. "
                "`hedgewitch user passwd {0}` makes a new password to type.\n",
                name, failure->from);
        return fmt::format(
            "{0}: no phone is registered, so calls get 480. Set one up with user {0} and its password; "
            "`hedgewitch user passwd {0}` makes a new one and says how.\n",
            name);
    }
    std::string text =
        fmt::format("{}: {} phone{} registered. ", name, user.phones, user.phones == 1 ? "" : "s");
    if (!status.overlay.enabled) return text + "Not published.\n";
    const RecordStatus* record = record_of(status.overlay, name);
    if (status.advertised.empty() && record == nullptr)
        return text + "Not published: this node has no address that others may call.\n";
    if (record == nullptr) return text + "About to be published.\n";
    if (!status.clock.doubt.empty())
        return text + "Published; but others take no record that is dated hours off: see the clock.\n";
    if (status.advertised.empty())
        return text + fmt::format("Other nodes on your own network can call sip:{}@{}; nobody else can.\n",
                                  name, status.about.address);
    if (record->read_back == 0) return text + "Published; not yet seen in the DHT.\n";
    if (status.overlay.connectivity != "connected")
        return text +
               fmt::format(
                   "Others could call sip:{}@{} until the DHT was lost; what it knows ends in {} min.\n",
                   name, status.about.address, std::max<std::int64_t>(record->expires_in_s, 0) / 60);
    return text + fmt::format("Others can call sip:{}@{}; the record was read back at {} place(s).\n", name,
                              status.about.address, record->read_back);
}

/// What a person has to decide or to mend before all else.
std::string warnings(const NodeStatus& status) {
    std::string text;
    if (!status.clock.says.empty())
        text += status.clock.says + " Until then others cannot be called, and nothing is published.\n";
    if (!status.clock.doubt.empty()) text += status.clock.doubt + "\n";
    if (const auto& machine = status.machine; !machine.state_fault.empty()) {
        text += fmt::format(
            "{}. Calls go on, but what is new is forgotten when the node stops ({} user{} with phones). Is "
            "the "
            "disk full, or read-only?\n",
            machine.state_fault, machine.unwritten_users, machine.unwritten_users == 1 ? "" : "s");
    }
    if (status.machine.log_lines_lost > 0)
        text += fmt::format("{} lines of the log are lost: whoever reads it is too slow.\n",
                            status.machine.log_lines_lost);
    if (status.revoked)
        text += "This node's key is given up: whoever calls one of its names is told so (410).\n";
    for (const auto& name : status.trust.changed) {
        text += fmt::format(
            "The key of {} has changed; calls to it are refused until you decide: `hedgewitch trust list`.\n",
            name);
    }
    if (const auto waiting = status.inbound.waiting; waiting > 0) {
        text += fmt::format("{} caller{} not let through, and wait{} for you: `hedgewitch callers`.\n",
                            waiting, waiting == 1 ? " was" : "s were", waiting == 1 ? "s" : "");
    }
    for (const auto& failure : status.sip.login_failures)
        text += failure.says + (failure.times > 1 ? fmt::format(" ({} times)\n", failure.times) : "\n");
    for (const auto& record : status.overlay.published) {
        if (record.problem) text += fmt::format("{}: {}.\n", record.label, *record.problem);
        if (record.shared) text += *record.shared + "\n";
    }
    return text;
}

/// A version that a newer one has overtaken on its way is no fault of anybody's.
constexpr std::string_view overtaken = "rolled_back";  // overlay::Errc

std::string refusals(const Counts& counts, const char* title) {
    std::string text, older;
    for (const auto& [reason, count] : counts) {
        if (count == 0) continue;
        if (reason == overtaken) {
            older = fmt::format("; {} older than what was known, as after every change", count);
        } else {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, count);
        }
    }
    return fmt::format("  {:<18} {}{}\n", title, text.empty() ? "nothing" : text, older);
}

/// What is done for contacts' nodes that nobody can call; nothing, where none has ever asked.
std::string relaying_figures(const RelayingStatus& relaying, const LendingStatus& lending) {
    std::string text;
    const auto refused = relaying.refused + relaying.pipes_refused + relaying.bad_tokens;
    if (relaying.held + relaying.pipes_opened + refused > 0)
        text += fmt::format("  {:<18} for {} node{} now, {} connections; {} refused\n", "passed on",
                            relaying.held, relaying.held == 1 ? "" : "s", relaying.pipes_opened, refused);
    if (lending.lent + lending.refused > 0)
        text += fmt::format(
            "  {:<18} {} now, {} in all, {} refused; {} bytes passed, {} packets of others dropped\n",
            "doors lent", lending.open, lending.lent, lending.refused, lending.bytes, lending.strangers);
    return text;
}

std::string figures(const NodeStatus& status) {
    const SipStatus& sip = status.sip;
    const InboundStatus& in = status.inbound;
    std::string text =
        fmt::format("\n  {:<18} {} ({} s)\n", "running", status.about.version, status.about.running_for_s);
    text += fmt::format("  {:<18} {}\n", "SIP", joined(status.listening));
    text += fmt::format(
        "  {:<18} {} received, {} registered, {} redirected, {} wrong passwords, {} replays, {} relay "
        "attempts refused\n",
        "", sip.received, sip.registered, sip.sent_302, sip.credentials_refused, sip.replays_refused,
        sip.relay_refused);
    text += fmt::format(
        "  {:<18} {} of contacts rang, {} of strangers; {} refused, {} without an answer, {} scanners\n",
        "calls from outside", in.contacts_rang, in.strangers_rang, in.refused, in.ignored + in.silent,
        in.scanners);
    text += relaying_figures(status.reach.relaying, status.media.friends.lending);
    const DhtStatus& dht = status.overlay;
    if (!dht.enabled) return text;
    text += fmt::format("  {:<18} network {}, {}, {} values ({} bytes) kept for others\n", "DHT",
                        status.dht_network, joined(dht.listening), dht.stored_values, dht.stored_bytes);
    text += refusals(dht.refused_as_storer, "refused to store");
    text += refusals(dht.refused_as_caller, "refused as caller");
    return text;
}

}  // namespace

bool concerns(const LoginFailure& failure, const std::string& user) {
    return sip::equal_nocase(failure.user.substr(0, failure.user.find('@')), user);
}

StatusSentences status_sentences(const NodeStatus& status) {
    StatusSentences all;
    all.warnings = lines_of(warnings(status));
    all.reach = lines_of(network_sentence(status.overlay));
    all.reach.push_back(status.reach.says);
    if (const auto beside = status.overlay.neighbours; beside > 0) {
        all.reach.push_back(fmt::format("{} other node{} on your network: calls to {} stay here.", beside,
                                        beside == 1 ? " is" : "s are", beside == 1 ? "it" : "them"));
    }
    if (!status.media.says.empty()) all.reach.push_back(status.media.says);
    for (const auto& user : status.users)
        all.users.push_back(lines_of(user_sentence(status, user)).front());
    if (status.users.empty())
        all.users.emplace_back(
            "There is no user yet: `hedgewitch user add NAME` makes an account for your phone.");
    // Behind: in most homes the router's DNS passes no DNSSEC on, and calls by key need none.
    if (status.dns && status.dns->trouble) all.dns.push_back(*status.dns->trouble);
    return all;
}

std::string status_text(const NodeStatus& status) {
    const StatusSentences all = status_sentences(status);
    std::string text;
    for (const auto* part : {&all.warnings, &all.reach, &all.users, &all.dns}) {
        for (const auto& sentence : *part)
            text += sentence + "\n";
    }
    return text + figures(status);
}

}  // namespace node
