// node/provisioning/links.hpp - one-time links that set a phone up: who has the link is told, once, all that
// a phone of the user must know. In memory alone: a node that starts again has none.
// 1. A token is 160 random bits; only its SHA-256 is kept.
// 2. Open for ten minutes; whoever takes it first ends it. Of what it was used for, and when, a line is kept
//    for who comes second.
// 3. Bounded: max_open open ones (the oldest makes room), max_past past ones, whatever is asked.
// A core: time and dice are handed in. One loop.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "crypto/bytes.hpp"
#include "node/provisioning/phone_account.hpp"
#include "sip/now.hpp"

namespace node {

class ProvisioningLinks {
public:
    static constexpr std::chrono::minutes lifetime{10};
    static constexpr std::size_t max_open = 32, max_past = 256;
    static constexpr std::size_t token_length = 32;  // base32 of 20 bytes

    enum class Refusal : std::uint8_t { unknown, used, expired };
    struct No {
        Refusal why;
        std::string sentence;
    };

    /// The token of a new link.
    std::string make(LinkWish wish, const crypto::Bytes<20>& random, sip::Now now);
    /// What the link is for; it stays open. The pointer lives until the next call of anything.
    [[nodiscard]] tl::expected<const LinkWish*, No> look(std::string_view token, sip::Now now);
    /// It was taken by `by` (an address) and is over. REQUIRES: look() has just found it.
    void use(std::string_view token, const std::string& by, sip::Now now);
    /// Of a user who has gone, or whose links are to go.
    void forget(std::string_view user);

    /// When the last open link ends; nothing: there is none.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> open_until(sip::Now now) const;
    [[nodiscard]] std::size_t open() const noexcept { return open_.size(); }

private:
    using Hash = crypto::Bytes<32>;
    struct Open {
        Hash hash;
        LinkWish wish;
        std::chrono::steady_clock::time_point until;
    };
    struct Past {
        Hash hash;
        Refusal why;
        std::string sentence;
    };
    void drop_old(sip::Now now);
    void remember(const Hash& hash, Refusal why, std::string sentence);

    std::deque<Open> open_;  // oldest first
    std::deque<Past> past_;  // oldest first
};

}  // namespace node
