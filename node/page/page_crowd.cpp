// node/page/page_crowd.cpp - a look at all: they are some dozens.
#include "node/page/page_crowd.hpp"

namespace node {

void PageCrowd::asked(int socket, bool logged_in, Time now) {
    const auto found = there_.find(socket);
    if (found != there_.end()) found->second = {now, logged_in};
}

std::optional<int> PageCrowd::makes_room() const {
    std::optional<int> longest;
    for (const auto& [socket, one] : there_) {
        if (one.logged_in) continue;
        if (!longest || one.last < there_.at(*longest).last) longest = socket;
    }
    return longest;
}

}  // namespace node
