// node/media/echo_calls.hpp - a phone that answers at once and sends back what it hears: *43, so that a
// person finds out before the friend does. It takes the first codec that is offered for the first audio
// stream, keys of SDES too, and reads none of it. A call ends after a minute; there are eight at most.
// A core: datagrams with their time go in and come out. SIP loop only.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/media/sdp.hpp"
#include "sip/syntax/message.hpp"

namespace node {

/// What is answered to an offer. Nothing: there is no audio in it that could be sent back.
struct EchoAnswer {
    std::string sdp;
    sip::Endpoint phone;  // where it wants its sound
};
/// Which stream of the offer, and whence; `at` is asked for where that can be sent back from.
[[nodiscard]] std::optional<sip::Endpoint> phone_in(std::string_view offer);
[[nodiscard]] std::optional<EchoAnswer> echo_answer(std::string_view offer, const sip::Endpoint& at);

class EchoCalls {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds longest{60};
    static constexpr std::size_t most = 8;

    /// Who has the ports for sound.
    class Ports {
    public:
        /// One that sends back to `phone` what comes from there; asked again, it aims the one that is open.
        [[nodiscard]] virtual std::optional<sip::Endpoint> open(const std::string& call,
                                                                const sip::Endpoint& phone) = 0;
        virtual void close(const std::string& call) = 0;

    protected:
        ~Ports() = default;
    };
    struct Send {
        sip::Endpoint to;
        std::string bytes;
    };

    /// `at`: where it is called. Borrows the ports.
    EchoCalls(const sip::Endpoint& at, Ports& ports) : at_(at), ports_(ports) {}

    /// `tag`: new and random, for a call that may begin with it.
    [[nodiscard]] std::vector<Send> receive(const sip::Endpoint& from, std::string_view datagram,
                                            const std::string& tag, Time now);
    [[nodiscard]] std::vector<Send> on_time(Time now);
    [[nodiscard]] std::optional<Time> next_wake() const;
    [[nodiscard]] std::size_t size() const noexcept { return calls_.size(); }

private:
    struct Call {
        std::string tag, caller, callee;  // ours; From and To of the INVITE
        std::string target;               // the caller's Contact
        std::vector<std::string> route;   // to him
        sip::Endpoint met_at;             // whence he called
        std::string ok;                   // until it is acknowledged
        Time ends{}, again{};
        std::chrono::milliseconds pause{};
    };
    [[nodiscard]] std::string answer(const sip::MessageView& request, const sip::Endpoint& from, int status,
                                     const std::string& tag, std::string_view sdp = {}) const;
    [[nodiscard]] std::string invite(const sip::MessageView& request, const sip::Endpoint& from,
                                     const std::string& tag, Time now);
    [[nodiscard]] Send hang_up(const std::string& id, const Call& call) const;

    const sip::Endpoint at_;
    Ports& ports_;
    std::map<std::string, Call> calls_;  // by Call-ID
};

}  // namespace node
