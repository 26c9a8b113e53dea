// node/page/notices.cpp - the oldest make room.
#include "node/page/notices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "crypto/identity.hpp"

namespace node {
namespace {

constexpr std::size_t most = 32;
constexpr std::chrono::minutes lasts{5};

std::string random_word() {
    std::array<std::uint8_t, 16> random{};
    crypto::random_bytes(random);
    std::string word;
    for (const auto byte : random)
        word += fmt::format("{:02x}", byte);
    return word;
}

}  // namespace

std::string Notices::keep(Notice notice, Time now) {
    std::erase_if(kept_, [&](const Kept& each) { return each.until <= now; });
    if (kept_.size() >= most) kept_.pop_front();
    kept_.push_back({random_word(), std::move(notice), now + lasts});
    return kept_.back().word;
}

std::optional<Notice> Notices::take(const std::string& word, Time now) {
    std::erase_if(kept_, [&](const Kept& each) { return each.until <= now; });
    const auto found =
        std::find_if(kept_.begin(), kept_.end(), [&](const Kept& each) { return each.word == word; });
    if (found == kept_.end()) return std::nullopt;
    Notice notice = std::move(found->notice);
    kept_.erase(found);
    return notice;
}

}  // namespace node
