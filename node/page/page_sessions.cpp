// node/page/page_sessions.cpp - random bytes, their hashes, and until when they count.
#include "node/page/page_sessions.hpp"

#include "crypto/base32.hpp"
#include "crypto/hmac.hpp"
#include "crypto/identity.hpp"
#include "crypto/password_hash.hpp"

namespace node {
namespace {

// What is hashed under one of these is of no use under another.
constexpr std::string_view session_domain = "hedgewitch/v1/page/session";
constexpr std::string_view csrf_domain = "hedgewitch/v1/page/csrf";
constexpr std::string_view link_domain = "hedgewitch/v1/page/link";

PageTable::Hash hash_of(std::string_view domain, std::string_view text) {
    return crypto::hmac_sha256(crypto::bytes_of(domain), crypto::bytes_of(text));
}

/// So many bytes are in base32; what else is sent costs no look into the database.
template <std::size_t N>
bool is_token(std::string_view text) {
    crypto::Bytes<N> bytes{};
    return text.size() == N / 5 * 8 && crypto::base32_decode(text, bytes).has_value();
}

constexpr std::size_t cookie_bytes = 35, csrf_bytes = 30, link_bytes = 20;  // whole groups of base32

}  // namespace

void PageSessions::note(const PageTable::Hash& hash) {
    if (good_.size() >= PageTable::most_sessions) good_.clear();  // who is among them is found again
    good_.insert(hash);
}

bool PageSessions::was_good(std::string_view cookie) const {
    return is_token<cookie_bytes>(cookie) && good_.contains(hash_of(session_domain, cookie));
}

std::optional<PageSessions::Session> PageSessions::find(std::string_view cookie,
                                                        std::chrono::sys_seconds now) {
    if (!is_token<cookie_bytes>(cookie)) return std::nullopt;
    const auto hash = hash_of(session_domain, cookie);
    const auto row = table_.session(hash);
    if (!row) {
        good_.erase(hash);
        return std::nullopt;
    }
    // A clock that was set back makes nobody older, nor young for ever.
    if (now - row->seen > idle || row->seen - now > idle) {
        table_.end_session(hash);
        good_.erase(hash);
        return std::nullopt;
    }
    if (now - row->seen >= seen_each || now < row->seen) table_.seen(hash, now);
    note(hash);
    const auto csrf = hash_of(csrf_domain, cookie);
    return Session{hash, crypto::base32_encode(crypto::ByteView(csrf).first(csrf_bytes))};
}

std::string PageSessions::begin(std::chrono::sys_seconds now) {
    auto cookie = crypto::base32_encode(crypto::random_array<cookie_bytes>());
    table_.end_sessions_before(now - idle);
    table_.end_links_after(now + link_lasts);
    const auto hash = hash_of(session_domain, cookie);
    table_.add_session(hash, now);
    note(hash);
    return cookie;
}

std::string PageSessions::make_link(std::chrono::seconds lasts, std::chrono::sys_seconds now) {
    auto link = crypto::base32_encode(crypto::random_array<link_bytes>());
    table_.add_link(hash_of(link_domain, link), now + lasts, now);
    return link;
}

bool PageSessions::is_good(std::string_view link, std::chrono::sys_seconds now) {
    return is_token<link_bytes>(link) && table_.has_link(hash_of(link_domain, link), now);
}

bool PageSessions::take(std::string_view link, std::chrono::sys_seconds now) {
    return is_token<link_bytes>(link) && table_.take_link(hash_of(link_domain, link), now);
}

bool PageSessions::is_password(std::string_view password) {
    if (password.empty() || password.size() > longest_password) return false;
    const auto hash = table_.password();
    return !hash.empty() && crypto::is_password(password, hash);
}

bool PageSessions::set_password(std::string_view password) {
    std::string hash;
    if (!password.empty()) {
        auto hashed = crypto::hash_password(password);
        if (!hashed) return false;
        hash = std::move(*hashed);
    }
    table_.set_password(hash);
    table_.end_sessions();
    return true;
}

std::string PageSessions::why_not(std::string_view password) {
    if (password.size() < shortest_password)
        return "The password is too short: take at least " + std::to_string(shortest_password) +
               " characters, three or four words that nobody would guess.";
    if (password.size() > longest_password)
        return "The password is too long: at most " + std::to_string(longest_password) + " characters.";
    return {};
}

}  // namespace node
