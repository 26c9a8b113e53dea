// node/provisioning/links.cpp - tokens by their hashes, open ones and past ones.
#include "node/provisioning/links.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sodium/crypto_hash_sha256.h>

#include <algorithm>

#include "crypto/base32.hpp"

namespace node {
namespace {

crypto::Bytes<32> hash_of(std::string_view token) {
    crypto::Bytes<32> hash;
    const auto bytes = crypto::bytes_of(token);
    crypto_hash_sha256(hash.data(), bytes.data(), bytes.size());
    return hash;
}

constexpr auto ask_for_another = "Ask for a new one (`hedgewitch user link NAME`, or on the page).";

}  // namespace

std::string ProvisioningLinks::make(LinkWish wish, const crypto::Bytes<20>& random, sip::Now now) {
    drop_old(now);
    if (open_.size() >= max_open) {
        remember(open_.front().hash, Refusal::expired,
                 fmt::format("This link made room for newer ones. {}", ask_for_another));
        open_.pop_front();
    }
    std::string token = crypto::base32_encode(random);
    open_.push_back({hash_of(token), std::move(wish), now.steady + lifetime});
    return token;
}

tl::expected<const LinkWish*, ProvisioningLinks::No> ProvisioningLinks::look(std::string_view token,
                                                                             sip::Now now) {
    drop_old(now);
    const auto unknown =
        No{Refusal::unknown,
           fmt::format("There is no such link, or the node was started again since. {}", ask_for_another)};
    if (token.size() != token_length) return tl::unexpected(unknown);
    const Hash hash = hash_of(token);
    for (const auto& link : open_) {
        if (link.hash == hash) return &link.wish;
    }
    for (const auto& link : past_) {
        if (link.hash == hash) return tl::unexpected(No{link.why, link.sentence});
    }
    return tl::unexpected(unknown);
}

void ProvisioningLinks::use(std::string_view token, const std::string& by, sip::Now now) {
    const Hash hash = hash_of(token);
    const auto found =
        std::find_if(open_.begin(), open_.end(), [&](const Open& link) { return link.hash == hash; });
    if (found == open_.end()) return;
    remember(
        hash, Refusal::used,
        fmt::format("This link was used already, at {:%H:%M:%S} UTC from {}: it sets up one phone. If "
                    "that was not yours, `hedgewitch user passwd {}` ends what it got. {}",
                    fmt::gmtime(now.wall.time_since_epoch().count()), by, found->wish.user, ask_for_another));
    open_.erase(found);
}

void ProvisioningLinks::forget(std::string_view user) {
    std::erase_if(open_, [&](const Open& link) { return link.wish.user == user; });
}

std::optional<std::chrono::steady_clock::time_point> ProvisioningLinks::open_until(sip::Now now) const {
    if (open_.empty() || open_.back().until <= now.steady) return std::nullopt;
    return open_.back().until;
}

void ProvisioningLinks::drop_old(sip::Now now) {
    while (!open_.empty() && open_.front().until <= now.steady) {
        remember(open_.front().hash, Refusal::expired,
                 fmt::format("This link is older than ten minutes. {}", ask_for_another));
        open_.pop_front();
    }
}

void ProvisioningLinks::remember(const Hash& hash, Refusal why, std::string sentence) {
    if (past_.size() >= max_past) past_.pop_front();
    past_.push_back({hash, why, std::move(sentence)});
}

}  // namespace node
