// node/dns_locator.cpp - what needs no DNS, what is never asked, and who holds the lookups.
#include "node/dns_locator.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <stdexcept>
#include <utility>

#include "node/dns_lookup.hpp"

namespace node {
namespace {

constexpr std::size_t max_lookups = 1000;

std::string canonical(std::string host) {
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
    if (host.ends_with('.')) host.pop_back();
    return host;
}

DnsAnswer literal(const DnsQuestion& question, const asio::ip::address& address) {
    const auto transport =
        question.sips ? sip::Transport::tls : question.transport.value_or(sip::Transport::udp);
    const bool secure = transport == sip::Transport::tls || transport == sip::Transport::wss;
    const auto port = question.port.value_or(secure ? std::uint16_t{5061} : std::uint16_t{5060});
    return {DnsOutcome::found,
            {{transport, address, port, 0, 0, question.host}},
            {{{}, "an address, nothing to ask", {}, {}}}};
}

DnsAnswer unasked(DnsOutcome outcome, std::string why) {
    return {outcome, {}, {{{}, std::move(why), {}, {}}}};
}

}  // namespace

std::string_view name(DnsOutcome outcome) noexcept {
    switch (outcome) {
        case DnsOutcome::found: return "found";
        case DnsOutcome::missing: return "missing";
        case DnsOutcome::failed: return "failed";
        case DnsOutcome::timeout: return "timeout";
    }
    return "";
}

std::optional<std::string_view> why_never_asked(std::string_view host) {
    if (!is_host_name(host)) return "not asked: no host name";
    if (host == "alt" || host.ends_with(".alt")) return "not asked: .alt is outside DNS (RFC 9476)";
    if (host.find('.') == std::string_view::npos) return "not asked: a name of one label";
    return std::nullopt;
}

DnsLocator::DnsLocator(asio::io_context& loop, DnsLocatorConfig config, Dice dice)
    : loop_(loop), config_(std::move(config)), dice_(std::move(dice)) {}

DnsLocator::~DnsLocator() = default;

std::shared_ptr<DnsClient> DnsLocator::client(std::string& why_not) {
    std::optional<std::filesystem::file_time_type> written;
    if (config_.servers.forward.empty()) {
        std::error_code error;
        const auto time = std::filesystem::last_write_time(config_.servers.resolv_conf, error);
        if (!error) written = time;
    }
    if (client_ && written == resolv_conf_time_) return client_;
    try {
        client_ = std::make_shared<DnsClient>(loop_, config_.servers);
        resolv_conf_time_ = written;
    } catch (const std::exception& error) {
        client_.reset();
        why_not = error.what();
    }
    return client_;
}

DnsLocator::Ticket DnsLocator::locate(const DnsQuestion& asked, Done done) {
    const Ticket ticket = ++last_ticket_;
    DnsQuestion question = asked;
    question.host = canonical(std::move(question.host));
    const auto later = [&](DnsAnswer answer) {
        // An empty place in lookups_, so that cancel() works on it too.
        lookups_[ticket] = nullptr;
        asio::post(loop_, [this, alive = std::weak_ptr(alive_), ticket, answer = std::move(answer), done] {
            if (!alive.expired() && lookups_.erase(ticket) > 0) done(answer);
        });
        return ticket;
    };
    std::error_code no_literal;
    const auto address = asio::ip::make_address(question.host, no_literal);
    if (!no_literal) return later(literal(question, address));
    if (const auto why = why_never_asked(question.host))
        return later(unasked(DnsOutcome::missing, std::string(*why)));
    if (lookups_.size() >= max_lookups)
        return later(unasked(DnsOutcome::failed, "too many lookups under way"));
    std::string why_not;
    auto with = client(why_not);
    if (!with) return later(unasked(DnsOutcome::failed, std::move(why_not)));
    auto lookup = std::make_shared<Lookup>(loop_, config_, dice_, std::move(question), std::move(with),
                                           [this, ticket, done = std::move(done)](DnsAnswer answer) {
                                               retire(ticket);
                                               done(std::move(answer));
                                           });
    lookups_.emplace(ticket, lookup);
    lookup->start();
    return ticket;
}

/// A lookup ends inside its own callback, perhaps inside libunbound's: it and its client are freed next turn.
void DnsLocator::retire(Ticket ticket) {
    auto node = lookups_.extract(ticket);
    asio::post(loop_, [ended = std::move(node.mapped())]() mutable { ended.reset(); });
}

void DnsLocator::cancel(Ticket ticket) {
    const auto found = lookups_.find(ticket);
    if (found == lookups_.end()) return;
    if (found->second) found->second->abandon();
    retire(ticket);
}

}  // namespace node
