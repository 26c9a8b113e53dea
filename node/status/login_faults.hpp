// node/status/login_faults.hpp - phones that could not log in: who, from where, and what was wrong, for the
// person who set them up. Of names that are users' 32 are kept, of others 8, so that those who try names push
// out no phone of the house; each for an hour. One line in the log for each, at most 4 at once and 24 an
// hour. A core: time is handed in. SIP loop only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/json_fields.hpp"
#include "sip/auth/digest.hpp"
#include "sip/flow.hpp"
#include "sip/now.hpp"
#include "sip/recent_map.hpp"
#include "sip/token_bucket.hpp"

namespace node {

/// One of "login_failures" of `hedgewitch status --json`.
struct LoginFailure {
    std::string user;  // as it was written
    std::string from;  // the address
    std::string says;  // a sentence
    std::uint64_t times = 0;
    std::int64_t seconds_ago = 0;
    static void fields(auto& self, auto& field) {
        field("user", self.user);
        field("from", self.from);
        field("says", self.says);
        field("times", self.times);
        field("seconds_ago", self.seconds_ago);
    }
};

class LoginFaults {
public:
    using IsUser = std::function<bool(const std::string& label)>;

    /// What is to be logged; mostly nothing.
    [[nodiscard]] std::optional<std::string> note(std::string_view user, const sip::Flow& flow,
                                                  sip::LoginFault fault, const IsUser& is_user, sip::Now now);
    /// The latest first. `is_there`: a phone of that user is registered from that address by now.
    [[nodiscard]] std::vector<LoginFailure> latest(
        sip::Now now,
        const std::function<bool(const std::string& label, const asio::ip::address&)>& is_there) const;

private:
    using Key = std::pair<std::string, asio::ip::address>;
    struct Entry {
        std::string label;  // whom it means; empty: nobody of ours
        sip::LoginFault fault{};
        std::uint64_t times = 0;
        std::chrono::steady_clock::time_point last;
    };
    sip::RecentMap<Key, Entry> of_users_{32}, of_others_{8};
    sip::TokenBucket lines_{4, std::chrono::minutes(10)};
};

}  // namespace node
