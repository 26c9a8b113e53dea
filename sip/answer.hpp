// sip/answer.hpp - what a request is to be told, before it is written: status, reason and the header fields
// to add.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sip {

struct Answer {
    int status = 500;
    std::string reason;                                       // empty: the RFC's
    std::vector<std::pair<std::string, std::string>> fields;  // name and value, in this order; no CR or LF
};

}  // namespace sip
