// node/routing/target_cap.hpp - how often this node sends callers to one address, whatever the names they
// dialled. Names are free, and their owner chooses the addresses: without a cap a hostile owner, or one with
// many names, could aim our phones at a victim. A core: time is handed in. A target is an IPv4 address or an
// IPv6 /64, whatever the port: a victim is a machine, and a home has the whole of a /64.
//   calls   30 a minute, 30 at once. A redirected INVITE over UDP that nobody answers is 7 datagrams in 32 s
//           (timer A): 30 a minute are 3.5 packets a second at the victim, which harms nobody. An honest
//           gateway of 1,000 people who each call the same other gateway once in the busy hour makes 17.
//   names   256 different ones an hour. Throwaway names get 256 calls an hour out of us, not 1,800; yet all
//           the neighbours behind one village edge or one carrier's NAT can be called within the hour. "8"
//           would have cut off every edge that serves more than one family.
//   ours    (mesh prefixes, own addresses) 300 a minute, any number of names: whose network it is is known,
//           and on a mesh the one gateway is everybody's target.
// Bounded: 4,096 targets of at most 2 KiB of names each; the one not called for longest makes room. Names are
// kept as keyed hashes, so that nobody can make two of them count as one.
// SIP loop only.
#pragma once

#include <array>
#include <asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/recent_map.hpp"
#include "sip/token_bucket.hpp"

namespace node {

struct TargetCapCounters {
    std::uint64_t admitted = 0, too_often = 0, too_many_names = 0;
    std::uint64_t forgotten = 0;  // targets that made room
};

class TargetCap {
public:
    using Time = std::chrono::steady_clock::time_point;
    using IsOurs = std::function<bool(const asio::ip::address&)>;
    static constexpr std::size_t max_targets = 4096;
    static constexpr unsigned calls_a_minute = 30, our_calls_a_minute = 300;
    static constexpr std::size_t names_an_hour = 256;

    /// `secret`: fresh random bytes. `is_ours`: in a mesh prefix, or an address of this node.
    TargetCap(const std::array<std::uint8_t, 16>& secret, IsOurs is_ours);

    /// May a caller of `name` be sent to `target`? True: it is counted. `name`: what was dialled, in one
    /// spelling. Once for each call and target address, not for each of its ports.
    [[nodiscard]] bool admit(const asio::ip::address& target, std::string_view name, Time now);
    /// After admit() said no, for the trace: "called too often through here (31 in the last minute)".
    [[nodiscard]] std::string reason(const asio::ip::address& target, Time now) const;

    [[nodiscard]] const TargetCapCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Name {
        std::uint32_t hash;
        std::int32_t minute;  // when it was last called
    };
    struct Entry {
        sip::TokenBucket tokens;
        std::array<std::uint16_t, 6> calls{};  // in each of the last six spells of 10 s
        std::int64_t spell = 0;                // of the latest of them
        std::vector<Name> names = {};
        bool refused_by_name = false;  // when it was refused last
    };
    [[nodiscard]] bool is_ours(const asio::ip::address& target) const { return ours_ && ours_(target); }
    [[nodiscard]] Entry& entry_of(const asio::ip::address& key, double a_minute);
    [[nodiscard]] bool admit_name(Entry& entry, std::string_view name, Time now) const;

    std::array<std::uint8_t, 16> secret_;
    IsOurs ours_;
    TargetCapCounters counters_;
    sip::RecentMap<asio::ip::address, Entry> entries_{max_targets};  // by their latest call
};

}  // namespace node
