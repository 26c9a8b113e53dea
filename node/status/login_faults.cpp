// node/status/login_faults.cpp - what was wrong, in a sentence.
#include "node/status/login_faults.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/name.hpp"
#include "sip/syntax/display_name.hpp"

namespace node {
namespace {

constexpr std::chrono::hours shown_for{1};

std::string sentence(const std::string& user, const std::string& label, const std::string& from,
                     sip::LoginFault fault) {
    using Fault = sip::LoginFault;
    switch (fault) {
        case Fault::none: break;
        case Fault::wrong_password:
            return fmt::format("A phone at {} tries {} with a wrong password.", from, user);
        case Fault::unknown_user:
            return fmt::format("A phone at {} tries {}, who is no user here.", from, user);
        case Fault::name_written_otherwise:
            return fmt::format("A phone at {} logs in as \"{}\". Its user name must be written \"{}\".", from,
                               user, label);
        case Fault::wrong_resource:
            return fmt::format("A phone at {} tries {} with a login that is for another server.", from, user);
        case Fault::unknown_digest:
            return fmt::format(
                "A phone at {} tries {} with a kind of digest that this node does not take (SHA-256 or MD5, "
                "qop "
                "auth).",
                from, user);
        case Fault::too_many:
            return fmt::format(
                "There were too many wrong passwords for {} from {}: for a minute none is looked at.", user,
                from);
        case Fault::cseq_not_higher:
            return fmt::format(
                "A phone at {} registers {} with a lower CSeq than before: it is refused until its earlier "
                "registration ends, or it takes a new Call-ID.",
                from, user);
    }
    return {};
}

}  // namespace

std::optional<std::string> LoginFaults::note(std::string_view user, const sip::Flow& flow,
                                             sip::LoginFault fault, const IsUser& is_user, sip::Now now) {
    const auto meant = crypto::canonical_label(user.substr(0, user.find('@')));
    const std::string label = meant && is_user(*meant) ? *meant : "";
    const Key key{sip::plain_display(user), flow.remote.address};
    auto& entries = label.empty() ? of_others_ : of_users_;
    const bool known = entries.contains(key);
    Entry& entry = entries.make(key);
    const bool said = known && (entry.fault == fault || fault == sip::LoginFault::too_many) &&
                      now.steady - entry.last < shown_for;
    entry.label = label;
    // That nobody looks any more says less than what was wrong when somebody did.
    if (!said) entry.fault = fault;
    ++entry.times;
    entry.last = now.steady;
    if (said || label.empty() || !lines_.take(1, now.steady)) return std::nullopt;
    return sentence(key.first, label, key.second.to_string(), fault);
}

std::vector<LoginFailure> LoginFaults::latest(
    sip::Now now, const std::function<bool(const std::string&, const asio::ip::address&)>& is_there) const {
    std::vector<LoginFailure> all;
    for (const auto* entries : {&of_users_, &of_others_}) {
        for (const auto& [key, entry] : *entries) {
            const auto ago = std::chrono::floor<std::chrono::seconds>(now.steady - entry.last);
            if (ago > shown_for || (!entry.label.empty() && is_there(entry.label, key.second))) continue;
            const auto from = key.second.to_string();
            all.push_back({key.first, from, sentence(key.first, entry.label, from, entry.fault), entry.times,
                           ago.count()});
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const LoginFailure& a, const LoginFailure& b) {
        return a.seconds_ago < b.seconds_ago;
    });
    return all;
}

}  // namespace node
