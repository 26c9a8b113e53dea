// sip/proxy/proxy_host.hpp - what the proxy needs of whoever runs it. Called from inside the proxy's own
// functions, on the SIP loop; must not call back into them.
#pragma once

#include "sip/flow.hpp"
#include "sip/syntax/next_hop.hpp"

namespace sip {

class ProxyHost {
public:
    /// Our own address as the other end of this flow can use it.
    [[nodiscard]] virtual Endpoint own_address(const Flow& flow) const { return flow.local; }
    /// May a request go there, because a 3xx or the dialog of one of our users says so?
    [[nodiscard]] virtual bool may_call(const NextHop& /*hop*/) const { return false; }

protected:
    ~ProxyHost() = default;
};

}  // namespace sip
