// sip/output.hpp - where the cores put what is to leave: the sockets in the daemon, a list in a test.
#pragma once

#include <string>

#include "sip/flow.hpp"

namespace sip {

/// What leaves the core. Called from inside the core's functions; must not call back into it.
class Output {
public:
    virtual ~Output() = default;
    virtual void send(const Flow& flow, std::string bytes) = 0;
    virtual void close(const Flow& flow) = 0;  // a stream that cannot be trusted any more
};

}  // namespace sip
