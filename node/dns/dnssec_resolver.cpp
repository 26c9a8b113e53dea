// node/dns/dnssec_resolver.cpp - which client is asked, and what its silence and its SERVFAIL mean.
#include "node/dns/dnssec_resolver.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <stdexcept>
#include <utility>

#include "node/dns/srv.hpp"
#include "node/names/host_name.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

// libunbound's first retry comes after 376 ms: who has not answered by then may not be there.
constexpr auto silence = 400ms;
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
    if (host.find('.') == std::string_view::npos) return "not asked: a name of one label";
    return std::nullopt;
}

DnsService::DnsService(asio::io_context& loop, DnsServiceConfig config)
    : loop_(loop), config_(std::move(config)), patience_(loop), watch_timer_(loop), pause_(silence) {
    if (config_.dnssec == Dnssec::require) {
        const auto file = trust_anchor_file(config_.trust_anchor);
        if (file.empty())
            throw std::runtime_error(
                "dns.dnssec = \"require\" needs a trust anchor: set dns.trust_anchor, or "
                "install dns-root-data");
        (void)read_trust_anchors(file);
    }
    notice_change();
}

DnsService::~DnsService() = default;

/// Compares resolv.conf with what the clients were made from.
void DnsService::notice_change() {
    std::optional<std::filesystem::file_time_type> written = std::filesystem::file_time_type::min();
    if (config_.servers.forward.empty()) {
        std::error_code error;
        written = std::filesystem::last_write_time(config_.servers.resolv_conf, error);
        if (error) written = std::filesystem::file_time_type::max();  // none: differs from every one
    }
    if (written == resolv_conf_time_) return;
    resolv_conf_time_ = written;
    validating_.reset();
    plain_.reset();
    impatient_ = false;
    if (config_.dnssec == Dnssec::off) return;
    state_ = DnssecState::checking;
    patience_.expires_after(config_.check_patience);
    patience_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (error || alive.expired() || state_ != DnssecState::checking) return;
        impatient_ = true;
        release_waiting();
    });
    start_check();
}

void DnsService::start_check() {
    if (check_) {
        for (const Ticket ticket : check_->questions)
            cancel(ticket);
        check_.reset();
    }
    const bool required = config_.dnssec == Dnssec::require;
    try {
        const auto file = trust_anchor_file(config_.trust_anchor);
        if (file.empty())
            return end_check(
                "There is no DNSSEC trust anchor on this machine (package dns-root-data), so "
                "plain DNS is used and no domain can prove its key.",
                config_.check_again);
        const TrustAnchors anchors = read_trust_anchors(file);
        DnsServers with = config_.servers;
        with.trust_anchors = anchors.records;
        check_ = Check{std::make_shared<DnsClient>(loop_, with), {}};
        for (const std::string& zone : anchors.zones) {
            const Ticket ticket = last_ticket_ + 1;
            put(zone, DnsType::dnskey, check_->client,
                [this, ticket, zone](const DnsReply& reply) { on_check(ticket, zone, reply); });
            check_->questions.insert(ticket);
        }
    } catch (const std::exception& error) {
        end_check(std::string(error.what()) +
                      (required ? "" : "; plain DNS is used and no domain can prove its key."),
                  check_soon);
    }
}

void DnsService::on_check(Ticket ticket, const std::string& zone, const DnsReply& reply) {
    if (!check_) return;
    check_->questions.erase(ticket);
    if (reply.status != DnsStatus::found || reply.security != DnsSecurity::secure) {
        return end_check(complaint(zone, reply, config_.dnssec == Dnssec::require),
                         reply.status == DnsStatus::unreachable ? check_soon : config_.check_again);
    }
    if (check_->questions.empty()) end_check({}, config_.check_again);
}

void DnsService::end_check(std::string complaint, std::chrono::seconds again) {
    auto ended = std::exchange(check_, std::nullopt);
    check_not_before_ = Clock::now() + again;
    trouble_ = std::move(complaint);
    state_ = trouble_.empty() ? DnssecState::validating : DnssecState::unavailable;
    // The fresh client takes over: a doubted answer is not in its cache.
    if (ended && (trouble_.empty() || config_.dnssec == Dnssec::require)) validating_ = ended->client;
    if (ended) {
        for (const Ticket ticket : ended->questions)
            cancel(ticket);
    }
    patience_.cancel();
    release_waiting();
}

void DnsService::release_waiting() {
    std::vector<Ticket> waiting;
    for (const auto& [ticket, question] : questions_)
        if (!question.client) waiting.push_back(ticket);
    std::string why_not;
    const auto client = client_of_now(why_not);
    for (const Ticket ticket : waiting)
        hand_over(ticket, client, why_not);
}

std::shared_ptr<DnsClient> DnsService::client_of_now(std::string& why_not) {
    if (config_.dnssec == Dnssec::require) {
        if (!validating_ && check_) return check_->client;
        if (!validating_) why_not = trouble_;
        return validating_;
    }
    if (state_ == DnssecState::validating) return validating_;
    if (state_ == DnssecState::checking && !impatient_) return nullptr;
    try {
        if (!plain_) plain_ = std::make_shared<DnsClient>(loop_, config_.servers);
    } catch (const std::exception& error) {
        why_not = error.what();
    }
    return plain_;
}

DnsService::Ticket DnsService::ask(const std::string& name, DnsType type, Done done) {
    notice_change();
    if (state_ == DnssecState::unavailable && !check_ && Clock::now() >= check_not_before_) start_check();
    std::string why_not;
    auto client = client_of_now(why_not);
    if (const auto never = why_never_asked(name)) {
        client = nullptr;
        why_not = *never;
    }
    const Ticket ticket = put(name, type, client, std::move(done));
    if (!client && !why_not.empty()) hand_over(ticket, client, why_not);
    return ticket;
}

DnsService::Ticket DnsService::put(const std::string& name, DnsType type,
                                   const std::shared_ptr<DnsClient>& client, Done done) {
    const Ticket ticket = ++last_ticket_;
    questions_.emplace(ticket, Question{name, type, std::move(done), Clock::now(), nullptr, 0, nullptr});
    if (client) hand_over(ticket, client, {});
    watch();
    return ticket;
}

void DnsService::hand_over(Ticket ticket, const std::shared_ptr<DnsClient>& client,
                           const std::string& why_not) {
    Question& question = questions_.at(ticket);
    if (!client) {
        asio::post(loop_, [this, alive = std::weak_ptr(alive_), ticket, why_not] {
            if (!alive.expired()) finish(ticket, failure(DnsStatus::error, why_not));
        });
        return;
    }
    question.client = client;
    question.client_ticket = client->ask(question.name, question.type,
                                         [this, ticket](const DnsReply& reply) { on_reply(ticket, reply); });
}

void DnsService::on_reply(Ticket ticket, const DnsReply& reply) {
    if (reply.status == DnsStatus::servfail) return ask_why(ticket, reply);
    // Perhaps this network has changed for one that strips DNSSEC, and resolv.conf has not.
    const bool doubt = reply.status == DnsStatus::bogus && state_ == DnssecState::validating && !check_;
    if (doubt && Clock::now() >= check_not_before_) start_check();
    finish(ticket, reply);
}

void DnsService::finish(Ticket ticket, const DnsReply& reply) {
    const auto node = questions_.extract(ticket);
    if (node.empty()) return;
    if (node.mapped().client) node.mapped().client->cancel(node.mapped().client_ticket);
    node.mapped().done(reply);
}

void DnsService::cancel(Ticket ticket) {
    const auto found = questions_.find(ticket);
    if (found == questions_.end()) return;
    if (found->second.client) found->second.client->cancel(found->second.client_ticket);
    questions_.erase(found);
}

std::vector<sip::Endpoint> DnsService::servers() const {
    return config_.servers.forward.empty() ? servers_of(config_.servers.resolv_conf)
                                           : config_.servers.forward;
}

void DnsService::ask_why(Ticket ticket, const DnsReply& reply) {
    const auto to = servers();
    const auto asking = std::count_if(questions_.begin(), questions_.end(),
                                      [](const auto& entry) { return entry.second.probe != nullptr; });
    if (to.empty() || static_cast<std::size_t>(asking) >= max_whys) return finish(ticket, reply);
    Question& question = questions_.at(ticket);
    question.probe = std::make_unique<DnsProbe>(
        loop_, to, question.name, question.type, why_patience,
        [this, ticket, reply](const DnsProbe::Result& result) {
            // RFC 1035 §4.1.1: 4 NOTIMP, 5 REFUSED; the others may be over soon.
            if (result.all_unreachable)
                return finish(ticket, failure(DnsStatus::unreachable, "no DNS server at " + result.server));
            if (result.rcode == 5) return finish(ticket, failure(DnsStatus::refused, "REFUSED"));
            if (result.rcode == 4) return finish(ticket, failure(DnsStatus::refused, "NOTIMP"));
            finish(ticket, reply);
        });
}

/// While questions are unanswered: are the servers there at all?
void DnsService::watch() {
    if (watching_ || probe_) return;
    watching_ = true;
    watch_timer_.expires_after(pause_);
    watch_timer_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (error || alive.expired()) return;
        watching_ = false;
        look_for_servers();
    });
}

void DnsService::look_for_servers() {
    if (questions_.empty()) return static_cast<void>(pause_ = silence);
    const Question& oldest = questions_.begin()->second;
    const auto to = servers();
    if (to.empty() || Clock::now() - oldest.asked < silence) return watch();
    pause_ = std::min<std::chrono::milliseconds>(2 * pause_, longest_pause);
    probe_ = std::make_unique<DnsProbe>(
        loop_, to, oldest.name, oldest.type, silence,
        [this, newest = last_ticket_](const DnsProbe::Result& result) { on_probe(newest, result); });
}

void DnsService::on_probe(Ticket newest, const DnsProbe::Result& result) {
    probe_.reset();
    if (result.all_unreachable) {
        const auto reply = failure(DnsStatus::unreachable, "no DNS server at " + result.server);
        const std::weak_ptr<char> alive = alive_;
        while (!alive.expired() && !questions_.empty() && questions_.begin()->first <= newest)
            finish(questions_.begin()->first, reply);
        if (alive.expired()) return;
    }
    watch();
}

}  // namespace node
