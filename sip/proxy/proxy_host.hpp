// sip/proxy/proxy_host.hpp - what the proxy needs of whoever runs it. Called from inside the proxy's own
// functions, on the SIP loop; must not call back into them.
#pragma once

#include <string_view>

#include "sip/flow.hpp"
#include "sip/media/media_path.hpp"
#include "sip/syntax/next_hop.hpp"

namespace sip {

class ProxyHost {
public:
    /// Our own address as the other end of this flow can use it.
    [[nodiscard]] virtual Endpoint own_address(const Flow& flow) const { return flow.local; }
    /// May a request go there, because a 3xx or the dialog of one of our users says so?
    [[nodiscard]] virtual bool may_call(const NextHop& /*hop*/) const { return false; }

    /// Whoever was found for this request of a user of ours did not take it, or nobody will tell us whether
    /// he did: who asks for its Request-URI next, wants to know anew where that is.
    virtual void ask_anew(std::string_view /*request_uri*/) {}

    /// Who looks after the sound of the calls that are passed on; null: nobody, and bodies stay as they are.
    [[nodiscard]] virtual MediaPath* media() { return nullptr; }

protected:
    ~ProxyHost() = default;
};

}  // namespace sip
