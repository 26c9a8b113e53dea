// sip/auth/nonces.hpp - nonces bound to time, to our secret and to whom they were given, and the memory that
// refuses a (nonce, nc) used twice.
// 1. Issuing costs no memory: a nonce carries its time and a serial number, encrypted, and a MAC over both
//    and the source (source_of() in flow.hpp). So it tells nobody how long we run and how many there were,
//    and who shows it has got what we sent to that source.
// 2. Only a nonce whose response digest was right is remembered (use() is called then), at most `capacity`
//    of them.
// 3. What is forgotten is refused: serials up to the highest forgotten one are stale for good.
// SIP loop only.
#pragma once

#include <array>
#include <asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sip {

class Nonces {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::minutes life{5};
    static constexpr std::uint32_t window = 64;  // how far an nc may come after a higher one

    explicit Nonces(const std::array<std::uint8_t, 32>& secret, std::size_t capacity = 16'384);

    [[nodiscard]] std::string issue(const asio::ip::address& source, Time now);

    /// Given by us to this source, and not too long ago. It may have been used since.
    [[nodiscard]] bool is_fresh(std::string_view nonce, const asio::ip::address& source, Time now) const {
        return opened(nonce, source, now).has_value();
    }

    enum class Use { good, stale, replayed };
    /// `nc` as of RFC 7616 §3.4; 0 is never good.
    [[nodiscard]] Use use(std::string_view nonce, std::uint32_t nc, const asio::ip::address& source,
                          Time now);
    /// Without an nc (RFC 2069): good only for one that nobody has used, and once.
    [[nodiscard]] Use use_once(std::string_view nonce, const asio::ip::address& source, Time now);
    [[nodiscard]] std::size_t remembered() const noexcept { return used_.size(); }

private:
    struct Counts {
        std::uint64_t issued_ms = 0;
        std::uint32_t highest = 0;
        std::uint64_t seen = 0;  // bit i: highest - i was used
    };
    struct Opened {
        std::uint64_t issued_ms = 0, serial = 0;
    };
    [[nodiscard]] std::optional<Opened> opened(std::string_view nonce, const asio::ip::address& source,
                                               Time now) const;
    void forget_oldest();

    std::array<std::uint8_t, 32> mac_key_, cipher_key_;
    std::size_t capacity_;
    std::uint64_t serial_ = 0;
    std::uint64_t forgotten_ = 0;           // serials up to here are stale
    std::map<std::uint64_t, Counts> used_;  // by serial, hence by age
};

}  // namespace sip
