// node/reach/settled_view.hpp - where DHT nodes outside see us, once that has lasted: they contradict each
// other while an address changes, where a router gives each of them another one, and when one of them lies. A
// change that comes and goes within seconds is none, and must cost no call. A core: time is handed in. SIP
// loop only.
// 1. The first view after a start, or after a change of the network, counts at once.
// 2. Another one counts when it has lasted for 10 s without a break.
// 3. One that never lasts so long, while the one that counts has not come back for a minute, counts then.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "overlay/seen_addresses.hpp"

namespace node {

class SettledView {
public:
    using Time = std::chrono::steady_clock::time_point;
    using View = std::vector<overlay::SeenAddress>;
    static constexpr auto lasts = std::chrono::seconds(10);
    static constexpr auto forgotten = std::chrono::seconds(60);

    void seen(View view, Time now);
    /// The network is another one: for a minute, the next view that is another counts at once.
    void start_over(Time now);
    void on_time(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;

    /// What counts.
    [[nodiscard]] const View& view() const noexcept { return counts_; }
    /// What was said last.
    [[nodiscard]] const View& latest() const noexcept { return latest_; }

private:
    void settle();

    View counts_, latest_;
    std::optional<Time> fresh_until_;  // little was said of this network yet
    std::optional<Time> other_since_;  // latest_ says otherwise than counts_, and the same since then
    std::optional<Time> gone_since_;   // latest_ has said otherwise than counts_, whatever
};

/// Two networks outside, or half of those asked, say so: so that one who lies cannot take an address away,
/// and one who is asked alone can give it. Something else has to say the same, in any case.
[[nodiscard]] bool supports(const SettledView::View& view, const asio::ip::address& address);

}  // namespace node
