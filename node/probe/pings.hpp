// node/probe/pings.hpp - asks each way to a node whether it answers there, all at once: an OPTIONS on the
// very connections that a call would take, TLS with the record's key among them. For a person who wants to
// know.
// 1. Bounded: 16 pings at once, 8 ways each, 4 s.
// 2. Only a response that carries our Call-ID, CSeq, From tag and branch, on the flow that was asked, counts.
// 3. Whoever answers over TLS has proved the key; over UDP and TCP somebody answers, and that is all.
// A core: time, dice and flows are handed in. SIP loop only.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "node/probe/home_sound.hpp"
#include "node/probe/options_repeats.hpp"
#include "node/probe/options_request.hpp"
#include "sip/syntax/next_hop.hpp"

namespace node {

struct PingWay {
    /// A phone of ours; a node beside us; one anywhere; one that another relays for.
    enum class Kind : std::uint8_t { phone, beside, direct, through };
    Kind kind = Kind::direct;
    sip::NextHop hop;
    std::string uri;  // what is asked there
};

struct PingedWay {
    PingWay way;
    bool answered = false;
    int status = 0;  // of the answer
    std::chrono::milliseconds took{0};
    std::string why;                       // not
    HomeSound sound = HomeSound::unknown;  // of the home there, as its node tells over TLS
};

class Pings {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Id = std::uint64_t;
    static constexpr std::size_t most_pings = 16, most_ways = 8;
    static constexpr auto deadline = std::chrono::seconds(4);  // as long as a connection may take

    /// `id` is the caller's. False: there are too many.
    [[nodiscard]] bool open(Id id, std::vector<PingWay> ways, Time now);
    [[nodiscard]] bool any() const noexcept { return !open_.empty(); }

    struct Sending {
        sip::Flow flow;
        std::string bytes;
    };
    /// The way is open: what to say on it. `random`: fresh.
    [[nodiscard]] std::string ask(Id id, std::size_t way, const sip::Flow& flow,
                                  const crypto::Bytes<30>& random, Time now);
    void unreachable(Id id, std::size_t way, std::string why);
    /// True: it was the answer to a question of ours.
    [[nodiscard]] bool received(const sip::Flow& flow, std::string_view message, Time now);
    void flow_failed(const sip::Flow& flow);

    /// What is to be said again, over UDP.
    [[nodiscard]] std::vector<Sending> on_time(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;

    struct Finished {
        Id id = 0;
        std::vector<PingedWay> ways;  // in the order given
    };
    [[nodiscard]] std::optional<Finished> next_finished();

private:
    struct Asked {
        PingedWay result;
        bool done = false;
        sip::Flow flow;
        std::optional<OptionsRequest> request;
        OptionsRepeats repeats;
        Time at{};
    };
    struct Open {
        Time began{};
        std::vector<Asked> ways;
    };
    void end(Asked& asked, std::string why);

    std::map<Id, Open> open_;
};

}  // namespace node
