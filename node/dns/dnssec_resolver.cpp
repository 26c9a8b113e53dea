// node/dns/dnssec_resolver.cpp - checks, questions, and the servers themselves.
#include "node/dns/dnssec_resolver.hpp"

#include <algorithm>
#include <utility>

#include "node/names/host_name.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_pause = 8s;       // between two looks for servers that are silent
constexpr auto why_patience = 300ms;     // for a word about a SERVFAIL that is there already
constexpr std::size_t max_whys = 16;     // at once; beyond, it just reads SERVFAIL
constexpr auto check_soon = 5s;          // after a check that found no network
constexpr std::size_t max_reason = 160;  // of what libunbound says

DnsReply failure(DnsStatus status, std::string error) {
    DnsReply reply;
    reply.status = status;
    reply.error = std::move(error);
    return reply;
}

/// One sentence about a check that did not find the key of `zone` proven.
std::string complaint(const std::string& zone, const DnsReply& reply, bool required) {
    const std::string end = required ? ", so every signed domain fails (dns.dnssec = \"require\")."
                                     : ", so plain DNS is used and no domain can prove its key.";
    const std::string why = reply.error.substr(0, max_reason);
    if (reply.status == DnsStatus::bogus) {
        const bool time = why.find("expired") != std::string::npos ||
                          why.find("future") != std::string::npos ||
                          why.find("before inception") != std::string::npos;
        if (time)
            return "The DNSSEC signatures of " + zone + " are out of date, or this clock is wrong" + end;
        return "Your DNS server strips DNSSEC, or forges it (" + why + ")" + end;
    }
    if (reply.status == DnsStatus::unreachable) return "No DNS server can be reached (" + why + ")" + end;
    const std::string what = why.empty() ? std::string("there is none") : why;
    return "Your DNS server does not give the DNSSEC key of " + zone + " (" + what + ")" + end;
}

}  // namespace

std::string_view name(DnssecState state) noexcept {
    switch (state) {
        case DnssecState::off: return "off";
        case DnssecState::checking: return "checking";
        case DnssecState::validating: return "validating";
        case DnssecState::unavailable: return "unavailable";
    }
    return "";
}

std::optional<std::string_view> why_never_asked(std::string_view host) {
    if (!is_host_name(host)) return "not asked: no host name";
    if (host == "alt" || host.ends_with(".alt")) return "not asked: .alt is outside DNS (RFC 9476)";
    if (ends_in_a_number(host)) return "not asked: an address, but no valid one";
    if (host.find('.') == std::string_view::npos) return "not asked: a name of one label";
    return std::nullopt;
}

void DnssecResolver::servers_changed(Time now) {
    commands_.emplace_back(ForgetClients{});
    has_validating_ = false;
    impatient_ = false;
    if (rules_.dnssec == Dnssec::off) return;
    state_ = DnssecState::checking;
    patience_over_ = now + rules_.check_patience;
    start_check();
}

void DnssecResolver::start_check() {
    drop_check_questions();
    if (check_ != Check::none) commands_.emplace_back(EndCheck{false});
    check_ = Check::starts;
    commands_.emplace_back(StartCheck{});
}

void DnssecResolver::drop_check_questions() {
    for (const QuestionId id : std::exchange(check_questions_, {}))
        cancel(id);
}

void DnssecResolver::check_begun(const std::vector<std::string>& zones, Time now) {
    if (check_ != Check::starts) return;
    check_ = Check::runs;
    for (const std::string& zone : zones) {
        const QuestionId id = add(zone, DnsType::dnskey, now);
        questions_.at(id).of_check = true;
        check_questions_.insert(id);
        put(id, Client::checking);
    }
}

void DnssecResolver::check_failed(std::string why, bool soon, Time now) {
    if (check_ != Check::none) end_check(std::move(why), soon ? check_soon : rules_.check_again, now);
}

void DnssecResolver::on_check(const std::string& zone, const DnsReply& reply, Time now) {
    if (check_ == Check::none) return;
    if (reply.status != DnsStatus::found || reply.security != DnsSecurity::secure) {
        return end_check(complaint(zone, reply, rules_.dnssec == Dnssec::require),
                         reply.status == DnsStatus::unreachable ? check_soon : rules_.check_again, now);
    }
    if (check_questions_.empty()) end_check({}, rules_.check_again, now);
}

void DnssecResolver::end_check(std::string complaint, std::chrono::seconds again, Time now) {
    const bool there_is_a_client = std::exchange(check_, Check::none) == Check::runs;
    check_not_before_ = now + again;
    trouble_ = std::move(complaint);
    state_ = trouble_.empty() ? DnssecState::validating : DnssecState::unavailable;
    // The fresh client takes over: a doubted answer is not in its cache.
    const bool use = there_is_a_client && (trouble_.empty() || rules_.dnssec == Dnssec::require);
    has_validating_ = has_validating_ || use;
    commands_.emplace_back(EndCheck{use});
    drop_check_questions();
    patience_over_.reset();
    release_waiting(now);
}

void DnssecResolver::release_waiting(Time now) {
    std::vector<QuestionId> waiting;
    for (const auto& [id, question] : questions_)
        if (!question.client) waiting.push_back(id);
    for (const QuestionId id : waiting)
        hand_over(id, now);
}

/// To the client of now, or to nobody, or it goes on waiting.
void DnssecResolver::hand_over(QuestionId id, Time now) {
    if (rules_.dnssec == Dnssec::require) {
        if (has_validating_) return put(id, Client::validating);
        if (check_ != Check::none) return put(id, Client::checking);
        return cannot_ask(id, trouble_, now);
    }
    if (state_ == DnssecState::validating) return put(id, Client::validating);
    if (state_ == DnssecState::checking && !impatient_) return;
    put(id, Client::plain);
}

QuestionId DnssecResolver::ask(const std::string& name, DnsType type, Time now) {
    if (state_ == DnssecState::unavailable && check_ == Check::none && now >= check_not_before_)
        start_check();
    const QuestionId id = add(name, type, now);
    if (const auto never = why_never_asked(name)) {
        cannot_ask(id, std::string(*never), now);
    } else {
        hand_over(id, now);
    }
    return id;
}

QuestionId DnssecResolver::add(const std::string& name, DnsType type, Time now) {
    const QuestionId id = ++last_id_;
    Question& question = questions_[id];
    question.name = name;
    question.type = type;
    question.asked = now;
    watch(now);
    return id;
}

void DnssecResolver::put(QuestionId id, Client client) {
    Question& question = questions_.at(id);
    question.client = client;
    commands_.emplace_back(Put{id, question.name, question.type, client});
}

void DnssecResolver::cannot_ask(QuestionId id, std::string why, Time now) {
    finish(id, failure(DnsStatus::error, std::move(why)), now);
}

void DnssecResolver::replied(QuestionId id, const DnsReply& reply, Time now) {
    if (!questions_.contains(id)) return;
    if (reply.status == DnsStatus::servfail) return ask_why(id, reply, now);
    // Perhaps this network has changed for one that strips DNSSEC, and resolv.conf has not.
    const bool doubt =
        reply.status == DnsStatus::bogus && state_ == DnssecState::validating && check_ == Check::none;
    if (doubt && now >= check_not_before_) start_check();
    finish(id, reply, now);
}

void DnssecResolver::finish(QuestionId id, const DnsReply& reply, Time now) {
    const auto node = questions_.extract(id);
    if (node.empty()) return;
    const Question& question = node.mapped();
    if (question.client) commands_.emplace_back(Drop{id});
    if (question.of_check) {
        check_questions_.erase(id);
        return on_check(question.name, reply, now);
    }
    answers_.push_back({id, reply});
}

void DnssecResolver::cancel(QuestionId id) {
    const auto found = questions_.find(id);
    if (found == questions_.end()) return;
    if (found->second.client) commands_.emplace_back(Drop{id});
    questions_.erase(found);
}

void DnssecResolver::ask_why(QuestionId id, const DnsReply& reply, Time now) {
    const auto asking = std::count_if(questions_.begin(), questions_.end(),
                                      [](const auto& entry) { return entry.second.servfail.has_value(); });
    if (static_cast<std::size_t>(asking) >= max_whys) return finish(id, reply, now);
    Question& question = questions_.at(id);
    question.servfail = reply;
    commands_.emplace_back(AskWhy{id, question.name, question.type, why_patience});
}

void DnssecResolver::pinged(QuestionId id, const PingResult& result, Time now) {
    const auto found = questions_.find(id);
    if (found == questions_.end() || !found->second.servfail) return;
    // RFC 1035 §4.1.1: 4 NOTIMP, 5 REFUSED; the others may be over soon.
    if (result.all_unreachable)
        return finish(id, failure(DnsStatus::unreachable, "no DNS server at " + result.server), now);
    if (result.rcode == 5) return finish(id, failure(DnsStatus::refused, "REFUSED"), now);
    if (result.rcode == 4) return finish(id, failure(DnsStatus::refused, "NOTIMP"), now);
    const DnsReply reply = *found->second.servfail;
    finish(id, reply, now);
}

/// While questions are unanswered: are the servers there at all?
void DnssecResolver::watch(Time now) {
    if (!watch_at_ && !looking_) watch_at_ = now + pause_;
}

void DnssecResolver::look_for_servers(Time now) {
    if (questions_.empty()) return static_cast<void>(pause_ = silence);
    const Question& oldest = questions_.begin()->second;
    if (now - oldest.asked < silence) return watch(now);
    pause_ = std::min<std::chrono::milliseconds>(2 * pause_, longest_pause);
    looking_ = last_id_;
    commands_.emplace_back(LookForServers{oldest.name, oldest.type, silence});
}

void DnssecResolver::servers_pinged(const PingResult& result, Time now) {
    const auto newest = std::exchange(looking_, std::nullopt);
    if (newest && result.all_unreachable) {
        const auto reply = failure(DnsStatus::unreachable, "no DNS server at " + result.server);
        while (!questions_.empty() && questions_.begin()->first <= *newest)
            finish(questions_.begin()->first, reply, now);
    }
    watch(now);
}

void DnssecResolver::on_time(Time now) {
    if (patience_over_ && *patience_over_ <= now) {
        patience_over_.reset();
        impatient_ = state_ == DnssecState::checking;
        release_waiting(now);
    }
    if (watch_at_ && *watch_at_ <= now) {
        watch_at_.reset();
        look_for_servers(now);
    }
}

std::optional<DnssecResolver::Time> DnssecResolver::next_wake() const {
    if (!patience_over_ || !watch_at_) return patience_over_ ? patience_over_ : watch_at_;
    return std::min(*patience_over_, *watch_at_);
}

std::optional<DnssecResolver::Command> DnssecResolver::next_command() {
    if (commands_.empty()) return std::nullopt;
    auto command = std::move(commands_.front());
    commands_.pop_front();
    return command;
}

std::optional<DnssecResolver::Answered> DnssecResolver::next_answer() {
    if (answers_.empty()) return std::nullopt;
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
}

}  // namespace node
