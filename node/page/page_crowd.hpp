// node/page/page_crowd.hpp - who is at the page, and who makes room for the next when it is full: who was not
// logged in when he last asked, and has been silent for longest; else nobody does. So whoever comes without a
// login, from however many addresses, keeps nobody out: who is logged in asks as soon as he is there, and
// stays. A core: time is handed in. Page thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>

namespace node {

class PageCrowd {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// `socket`: his name here.
    void came(int socket, Time now) { there_[socket] = {now, false}; }
    void asked(int socket, bool logged_in, Time now);
    void left(int socket) { there_.erase(socket); }
    [[nodiscard]] std::optional<int> makes_room() const;
    [[nodiscard]] std::size_t size() const noexcept { return there_.size(); }

private:
    struct One {
        Time last;
        bool logged_in = false;
    };
    std::map<int, One> there_;
};

}  // namespace node
