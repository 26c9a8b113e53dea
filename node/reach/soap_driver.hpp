// node/reach/soap_driver.hpp - asks a UPnP service over IPv6, from an address of our choice (soap.hpp has the
// words). Blocks, three seconds at most. Worker thread only.
#pragma once

#include <string>

#include "node/reach/soap.hpp"

namespace node {

class SoapDriver {
public:
    /// `interface`: by which a link-local address is met.
    SoapDriver(const asio::ip::address_v6& own, unsigned interface) : own_(own), interface_(interface) {}
    /// What came until the answer was whole or the connection ended; empty: nothing in time.
    [[nodiscard]] std::string ask(const HttpPlace& at, const std::string& question) const;

private:
    const asio::ip::address_v6 own_;
    const unsigned interface_;
};

}  // namespace node
