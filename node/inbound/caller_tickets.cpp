// node/inbound/caller_tickets.cpp - issues tickets, and takes each at most once.
#include "node/inbound/caller_tickets.hpp"

#include <sodium/utils.h>

#include <algorithm>

#include "crypto/name.hpp"

namespace node {
namespace {

constexpr std::chrono::days day{1};

std::uint32_t period_of(std::chrono::sys_seconds wall) {
    return static_cast<std::uint32_t>(wall.time_since_epoch() / day);
}

std::uint32_t seconds_of(std::chrono::sys_seconds wall) {
    return static_cast<std::uint32_t>(wall.time_since_epoch().count());
}

}  // namespace

std::string uri_of(const Caller& caller) {
    return "sip:" + caller.label + "@" + crypto::encode_name(caller.zone) + ".hedge.alt";
}

CallerTickets::CallerTickets(const crypto::Identity& identity, sip::Now started, Random random,
                             std::size_t max_used)
    : identity_(identity.clone()),
      started_(started.steady),
      random_(std::move(random)),
      max_used_(max_used) {}

const crypto::Secret<32>& CallerTickets::secret_of(std::uint32_t period) {
    std::erase_if(secrets_, [period](const auto& known) {
        return known.first + 1 < period || known.first > period + 1;
    });
    const auto known = secrets_.find(period);
    if (known != secrets_.end()) return known->second;
    return secrets_.emplace(period, crypto::ticket_secret(identity_.seed(), period)).first->second;
}

crypto::TicketKey CallerTickets::key(std::chrono::sys_seconds wall) {
    return crypto::ticket_key_of(secret_of(period_of(wall)));
}

std::string CallerTickets::issue(std::string_view label, const crypto::TicketKey& key,
                                 const crypto::TicketCallee& callee, std::chrono::sys_seconds wall) {
    crypto::Bytes<32> bytes{};
    random_(bytes);
    const crypto::Secret<32> ephemeral(bytes);
    sodium_memzero(bytes.data(), bytes.size());
    auto ticket = crypto::seal_ticket(identity_, label, seconds_of(wall), key, callee, ephemeral);
    if (!ticket) return {};
    ++counters_.issued;
    return std::move(*ticket);
}

std::optional<Caller> CallerTickets::take(std::string_view text, crypto::TicketCallee callee,
                                          const sip::Flow& flow, sip::Now now,
                                          const sip::TicketCalls& calls) {
    callee.kind = crypto::ticket_kind(text).value_or(crypto::TicketKind::bearer);
    callee.call = callee.kind == crypto::TicketKind::bearer ? calls.bearer : calls.passed_on;
    auto& openings = flow.transport == sip::Transport::udp ? over_udp_ : over_streams_;
    if (!openings.take(1, now.steady)) {
        ++counters_.unopened;
        return std::nullopt;
    }
    auto ticket = open(text, callee, now.wall);
    if (!ticket) {
        ++counters_.forged;
    } else if (!is_fresh(*ticket, now)) {
        ++counters_.stale;
    } else if (use_up(*ticket, now.wall)) {
        ++counters_.verified;
        return Caller{ticket->zone, std::move(ticket->label)};
    }
    return std::nullopt;
}

std::optional<crypto::Ticket> CallerTickets::open(std::string_view text, const crypto::TicketCallee& callee,
                                                  std::chrono::sys_seconds wall) {
    const std::uint32_t today = period_of(wall);
    if (auto ticket = crypto::open_ticket(secret_of(today), callee, text)) return std::move(*ticket);
    if (today == 0 || wall.time_since_epoch() % day > yesterday_for) return std::nullopt;
    auto ticket = crypto::open_ticket(secret_of(today - 1), callee, text);
    return ticket ? std::optional(std::move(*ticket)) : std::nullopt;
}

bool CallerTickets::is_fresh(const crypto::Ticket& ticket, sip::Now now) const {
    const std::chrono::sys_seconds made_at(std::chrono::seconds(ticket.made_at));
    const auto running = std::chrono::floor<std::chrono::seconds>(now.steady - started_);
    const auto earliest = now.wall - std::min<std::chrono::seconds>(lifetime, running);
    const auto latest = running < lifetime ? now.wall : now.wall + lifetime;
    return made_at >= earliest && made_at <= latest;
}

bool CallerTickets::use_up(const crypto::Ticket& ticket, std::chrono::sys_seconds wall) {
    // What was made before this is stale, whoever brings it.
    const std::uint32_t oldest = seconds_of(wall - lifetime);
    while (!ages_.empty() && ages_.begin()->first < oldest) {
        used_.erase(ages_.begin()->second);
        ages_.erase(ages_.begin());
    }
    if (used_.contains(ticket.once)) {
        ++counters_.replayed;
        return false;
    }
    if (used_.size() >= max_used_) {
        ++counters_.unopened;
        return false;
    }
    used_.insert(ticket.once);
    ages_.emplace(ticket.made_at, ticket.once);
    return true;
}

}  // namespace node
