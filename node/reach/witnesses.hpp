// node/reach/witnesses.hpp - whose edges may be asked to call us back (dial_back.hpp): those of a few
// contacts, people whom we know, and who are told no more by it than by a call. A core: time is handed in.
// SIP loop only.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "node/addresses.hpp"
#include "overlay/inner_record.hpp"
#include "overlay/record_name.hpp"
#include "sip/flow.hpp"

namespace node {

class Witnesses {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t most_asked = 4;   // contacts, each time
    static constexpr std::size_t most_known = 16;  // edges
    // Contacts without a record may have one soon: who started with us publishes some seconds later where
    // others reach him. After 5 s, 10 s, 20 s ... Those known are good for a while. At first they may be
    // finding out themselves where they are reached: after 10 s, 20 s, 40 s ...
    static constexpr auto look_again_soon = std::chrono::seconds(5);
    static constexpr auto look_again_without = std::chrono::seconds(60);
    static constexpr auto look_again_first = std::chrono::seconds(10);
    static constexpr auto look_again = std::chrono::minutes(30);

    /// When the records should be looked up, by ask().
    [[nodiscard]] Time next_look() const noexcept;
    /// What is known of them is wanted anew.
    void look_soon() noexcept { asked_at_.reset(); }
    /// What to ask the overlay for: the first of `contacts` that are not `own`. Who was known is forgotten
    /// when somebody is met, or nobody was since the last time.
    [[nodiscard]] std::vector<overlay::RecordName> ask(const std::vector<overlay::RecordName>& contacts,
                                                       const crypto::PublicKey& own, Time now);
    /// What one of them publishes. Kept is where it listens over TCP or UDP, in the open Internet, if `judge`
    /// lets that be called.
    void met(const overlay::InnerRecord& record, const AddressJudge& judge);
    /// Over TCP: these may be asked.
    [[nodiscard]] const std::vector<sip::Endpoint>& edges() const noexcept { return edges_; }
    /// Over UDP: there contacts' nodes answer STUN as well.
    [[nodiscard]] std::vector<sip::Endpoint> stun_servers() const { return stun_; }

private:
    std::vector<sip::Endpoint> edges_, stun_;
    bool met_since_asked_ = false;
    std::optional<Time> asked_at_;
    unsigned looks_ = 0;  // since they were wanted anew
};

}  // namespace node
