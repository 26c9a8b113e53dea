// node/page/notices.hpp - what came of a form, kept until the browser fetches the page that shows it: once.
// What is secret (a password, an invite) is thereby in no address, no history and no cache. At most 32, each
// for five minutes. Page thread only.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/actions/users.hpp"
#include "node/provisioning/link_report.hpp"

namespace node {

struct Notice {
    bool refused = false;
    std::vector<std::string> own = {};    // the page's sentences, in its language
    std::string says = {};                // the node's, may have several lines
    std::vector<std::string> notes = {};  // what the person should know besides
    std::optional<PhoneSettings> phone = {};
    bool password_was_made = false;  // and so it is shown
    std::string link_for = {};       // for a phone of whom a link is wanted
    std::optional<LinkReport> link = {};
    std::string invite = {};  // to be sent to a friend
    std::string asked = {};   // all that was asked on the way to an answer, for who wants to know
    // Of a form that was refused: what stood in it, to be mended. No passwords.
    std::string path = {};
    std::map<std::string, std::string> form = {};
};

class Notices {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Returns by which word it is fetched: 32 hexadecimal digits that nobody guesses.
    [[nodiscard]] std::string keep(Notice notice, Time now);
    /// Nothing: there is no such, or not any more.
    [[nodiscard]] std::optional<Notice> take(const std::string& word, Time now);

private:
    struct Kept {
        std::string word;
        Notice notice;
        Time until;
    };
    std::deque<Kept> kept_;
};

}  // namespace node
