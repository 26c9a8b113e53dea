// node/state/last_word_table.hpp - of each call whose sound goes through this node, what both sides are told
// should it end before them (sip/edge/last_words.hpp). A row lives as long as its call. Bounded: what is
// older than a day goes. The SIP loop's, as its Database.
#pragma once

#include <chrono>
#include <vector>

#include "node/state/database.hpp"
#include "sip/edge/last_words.hpp"

namespace node {

class LastWordTable {
public:
    static constexpr std::chrono::hours kept_for{
        24};  // as the tokens in it are good (sip/proxy/flow_tokens.hpp)

    explicit LastWordTable(Database& db) : db_(db) {}
    /// Those that were written and are not done; what is too old is gone. Throws DatabaseError, as write()
    /// does.
    [[nodiscard]] std::vector<sip::LastWord> all(std::chrono::sys_seconds now);
    void write(const sip::LastWords::Changes& changes, std::chrono::sys_seconds now);

private:
    Database& db_;
};

}  // namespace node
