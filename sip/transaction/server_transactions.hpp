// sip/transaction/server_transactions.hpp - server transactions (RFC 3261 §17.2 as corrected by RFC 6026):
// each request is handled once, each retransmission gets the bytes of the first answer, and each ACK to an
// error is absorbed.
// 1. Bounded in number and in bytes. Answered transactions make room, those waited for longest first; one
//    that is not answered yet is never displaced.
// 2. A transaction is known by RFC 3261 §17.2.3 (with RFC 2543 clients) and by the address it came from, so
//    that a stranger who guesses a branch can neither take another's answer nor cancel another's call.
// 3. Over UDP the answers in a transaction, repetitions included, are never more than three times the bytes
//    that came for it (RFC 9000 §8.1), unless its sender has proved himself: the source may be forged. A
//    provisional answer leaves room for the final one, which matters more.
// 4. Time is handed in; every step costs O(log n), none walks over the transactions.
// SIP loop only.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sip/output.hpp"
#include "sip/recent_map.hpp"
#include "sip/syntax/message.hpp"
#include "sip/timer_queue.hpp"

namespace sip {

/// RFC 9000 §8.1: "limit the amount of data they send to the unvalidated address to three times the amount
/// of data received from that address".
inline constexpr std::size_t amplification = 3;

class ServerTransactions {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// A keyed hash of what identifies a transaction: of one size whatever the peer sent, and not to be
    /// collided with.
    struct Key {
        std::array<std::uint8_t, 16> bytes{};
        friend bool operator==(const Key&, const Key&) = default;
        friend bool operator<(const Key& a, const Key& b) noexcept { return a.bytes < b.bytes; }
    };
    struct Limits {
        std::size_t transactions = 20'000;
        std::size_t bytes = std::size_t{32} * 1024 * 1024;  // of kept answers
    };
    // Some hours of a home's calls, 100 kB: no way holds a request back for longer.
    static constexpr std::size_t max_rang = 1024;
    /// Whether the answer to an INVITE is sent again (timer G) until the ACK. RFC 3261 §26.3.2.4: an answer
    /// to a stranger is sent once, else a forged source address would get it eleven times; the caller's own
    /// retransmissions still get it.
    enum class Resend : std::uint8_t { no, until_ack };

    /// Borrows `output`.
    ServerTransactions(const std::array<std::uint8_t, 32>& secret, Limits limits, Output& output);

    [[nodiscard]] Key key_of(const MessageView& request, const Flow& flow) const;
    /// Of the INVITE that this CANCEL (§9.2) is about.
    [[nodiscard]] Key key_of_cancelled(const MessageView& cancel, const Flow& flow) const;
    /// The To tag of every answer in the transaction, and of the CANCEL's.
    [[nodiscard]] std::string tag_of(const Key& key) const;

    /// True when `request` is a retransmission: it is dealt with.
    [[nodiscard]] bool absorb(const Key& key, const MessageView& request, const Flow& flow);
    /// False when the ACK is to no error of ours: it belongs to a 2xx, or to nothing.
    bool acknowledge(const MessageView& ack, const Flow& flow, Time now);
    /// False when there is no room. REQUIRES: absorb() was false for `key`.
    [[nodiscard]] bool open(const Key& key, const MessageView& request, const Flow& flow);
    [[nodiscard]] bool known(const Key& key) const { return transactions_.contains(key); }

    /// Its sender has proved who he is, by password or ticket: from now on its answers may be of any size.
    void prove(const Key& key);
    [[nodiscard]] bool proven(const Key& key) const;

    void provisional(const Key& key, std::string bytes);  // kept for retransmissions of the request
    /// The first final answer counts, and every 2xx to an INVITE whose first was one. True: it was the first.
    bool final(const Key& key, int status, std::string bytes, Resend resend, Time now);
    /// RFC 3261 §8.2.2.2: did this very request come by another way too, and was it answered there by
    /// us (serve())? Not inside of dialogs. Remembered as long as that transaction.
    [[nodiscard]] bool merged(const Key& key, const MessageView& request) const;
    /// It is us who serves this request, not somebody behind us.
    void serve(const Key& key, const MessageView& request);
    /// This INVITE rings the phones of a user of ours.
    void rings(const Key& key, const MessageView& invite, std::string_view user);
    /// Did this very INVITE ring his phones already, by another way, and is that over: answered, cancelled or
    /// refused there? A slow way may bring it long after a fast one. Whom nobody could reach (408, 430, 480,
    /// 5xx), or who was sent elsewhere (3xx), is tried again.
    [[nodiscard]] bool rang(const Key& key, const MessageView& invite, std::string_view user) const;
    void forget(const Key& key);  // there will be no final answer; a retransmission begins anew

    [[nodiscard]] std::optional<Time> next_wake() const { return wakes_.next_wake(); }
    void on_time(Time now);
    [[nodiscard]] std::size_t size() const noexcept { return transactions_.size(); }
    /// Answers that would have been more than `amplification` times what came.
    [[nodiscard]] std::uint64_t withheld() const noexcept { return withheld_; }

private:
    enum class State : std::uint8_t { proceeding, completed, confirmed, accepted };
    // What is displaced first. An INVITE without its ACK still resends, so it comes last.
    enum Room : std::uint8_t { challenged, settled, unacknowledged, room_count };
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept;
    };
    struct Transaction {
        State state = State::proceeding;
        bool invite = false;
        Flow reply;
        std::string answer;           // the latest, provisional or final
        bool proven = false;          // prove()
        std::size_t allowance = 0;    // bytes that may still be sent, unless it is proven or on a stream
        TimerQueue<Key>::Timer wake;  // at the earlier of the next two
        std::optional<Time> resend, end;
        std::chrono::milliseconds interval{};
        Room room = settled;
        bool resends = false;
        std::optional<Key> served;                      // in served_
        std::optional<Key> rings;                       // to be in rang_
        std::optional<std::list<Key>::iterator> place;  // in displaceable_[room]
    };
    using Map = std::unordered_map<Key, Transaction, KeyHash>;

    [[nodiscard]] Key hash(const MessageView& request, const Flow& flow, std::string_view method,
                           std::string_view to_tag) const;
    [[nodiscard]] Key same_by_any_way(const MessageView& request, std::string_view user = {}) const;
    bool send(Transaction& t, const Flow& flow, const std::string& bytes, std::size_t reserve = 0);
    void schedule(const Key& key, Transaction& t);
    void place(const Key& key, Transaction& t, Room room);
    void start_timers(const Key& key, Transaction& t, Time now);
    void keep(Transaction& t, std::string bytes);
    void erase(Map::iterator it);
    bool displace_one();

    std::array<std::uint8_t, 16> key_{};
    Limits limits_;
    Output& output_;
    TimerQueue<Key> wakes_;
    Map transactions_;
    std::unordered_map<Key, Key, KeyHash> served_;  // what a merged request has in common -> who came first
    RecentMap<Key, Key> rang_{max_rang};            // as served_, of calls that are over
    std::array<std::list<Key>, room_count> displaceable_;
    std::size_t bytes_ = 0;
    std::uint64_t withheld_ = 0;
};

}  // namespace sip
