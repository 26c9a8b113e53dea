// node/relay/relay.hpp - whom this node relays for, and the callers who want them. A node that nobody can
// call holds a connection here, is given a token, and publishes it; a caller who shows the token waits until
// that node has opened a second connection for him. From then on bytes go both ways, and nobody here reads
// them (pipes_driver.hpp).
// 1. A token is 16 bytes that nobody can guess, of one key and one day (UTC); yesterday's is good for three
//    hours more, as long as a record can be that holds it. It outlives a restart of this node.
// 2. Who shows none that is good gets nothing: whether it ever was, and whose, he cannot tell.
// 3. Bounded: whom we relay for; of each his pipes; of those, one source's.
// A core: time and dice are handed in. SIP loop only.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/identity.hpp"
#include "node/relay/relay_frame.hpp"
#include "sip/flow.hpp"
#include "sip/now.hpp"

namespace node {

/// For the sockets.
struct RelayActions {
    std::vector<std::pair<sip::Flow, std::string>> send;
    std::vector<sip::Flow> keep, close;
    std::vector<std::pair<crypto::PublicKey, RelayFrame>> doors;  // for RelayDoors::asked(), hellos too
    std::vector<crypto::PublicKey> left;
    /// Pipes to one who is there now: what he has opened from elsewhere is dead, though nobody has said so.
    std::vector<std::pair<sip::PipeId, asio::ip::address>> stay_if_from;
};

struct RelayCounters {
    std::uint64_t held = 0, refused = 0;         // hellos
    std::uint64_t pipes = 0, pipes_refused = 0;  // with a good token
    std::uint64_t bad_tokens = 0, bad_pipes = 0;
};

class Relay {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t most_held = 128, most_pipes = 128;
    static constexpr std::size_t pipes_of_one = 8, pipes_of_source = 4;  // to one of those whom we relay for
    static constexpr std::chrono::hours overlap{3};  // a block expires at most 3 h ahead (overlay/block.hpp)
    static constexpr std::chrono::seconds silence{75};  // three pings are missing

    /// `secret`: makes the tokens.
    explicit Relay(const crypto::Bytes<32>& secret) : secret_(secret) {}

    /// From whoever holds this connection. `zone`: the key that he has proved; `may`: he is one whom we relay
    /// for.
    [[nodiscard]] RelayActions frame(const sip::Flow& flow, const RelayFrame& frame,
                                     const std::optional<crypto::PublicKey>& zone, bool may, sip::Now now);
    [[nodiscard]] RelayActions flow_failed(const sip::Flow& flow);
    /// The connection of one whom we relay for.
    [[nodiscard]] std::optional<sip::Flow> flow_of(const crypto::PublicKey& key) const;
    /// Whom we relay for has been changed.
    [[nodiscard]] RelayActions review(const std::function<bool(const crypto::PublicKey&)>& may);

    /// A caller shows a token. `pipe`: fresh random bytes. What to tell whom he wants; nothing: he gets
    /// nothing.
    [[nodiscard]] std::optional<std::pair<sip::Flow, std::string>> caller(const sip::RelayToken& token,
                                                                          const asio::ip::address& source,
                                                                          const sip::PipeId& pipe,
                                                                          sip::Now now);
    /// Somebody names a pipe. True, once: its caller waits.
    [[nodiscard]] bool answered(const sip::PipeId& pipe);
    void ended(const sip::PipeId& pipe) { pipes_.erase(pipe); }

    [[nodiscard]] std::optional<Time> next_wake() const noexcept { return wake_; }
    [[nodiscard]] RelayActions on_time(sip::Now now);

    /// The connection of its holder, if it is one of ours that is good now.
    [[nodiscard]] std::optional<sip::Flow> held_over(const sip::RelayToken& token, sip::Now now) const;
    [[nodiscard]] std::size_t held() const noexcept { return holders_.size(); }
    [[nodiscard]] std::size_t pipes() const noexcept { return pipes_.size(); }
    [[nodiscard]] const RelayCounters& counters() const noexcept { return counters_; }

private:
    using Day = std::chrono::sys_days;
    struct Holder {
        sip::Flow flow;
        Time heard{};
        Day day{};                          // of the token that he was given last,
        sip::RelayToken token{}, before{};  // and that, and of the day before
    };
    struct Pipe {
        crypto::PublicKey key{};
        asio::ip::address source;
        bool answered = false;
    };
    [[nodiscard]] sip::RelayToken token_of(const crypto::PublicKey& key, Day day) const;
    [[nodiscard]] std::map<crypto::PublicKey, Holder>::const_iterator holder_of(const sip::RelayToken& token,
                                                                                sip::Now now) const;
    void hello(const sip::Flow& flow, const std::optional<crypto::PublicKey>& zone, bool may, sip::Now now,
               RelayActions& actions);
    void give_token(const crypto::PublicKey& key, Holder& holder, sip::Now now, RelayActions& actions) const;
    [[nodiscard]] bool has_room(const crypto::PublicKey& key, const asio::ip::address& source) const;

    const crypto::Bytes<32> secret_;
    std::map<crypto::PublicKey, Holder> holders_;
    std::map<sip::PipeId, Pipe> pipes_;
    std::optional<Time> wake_;
    RelayCounters counters_;
};

}  // namespace node
