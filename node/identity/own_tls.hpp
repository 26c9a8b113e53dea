// node/identity/own_tls.hpp - the certificates that this node shows at present, read or made anew when their
// files or the clock have changed. SIP loop only.
#pragma once

#include <memory>

#include "node/identity/tls_identity.hpp"

namespace node {

class OwnTls {
public:
    /// Borrows all. Throws as tls_credentials().
    OwnTls(const Config& config, const StatePaths& paths, const crypto::Identity& identity, sip::Now now);

    [[nodiscard]] const std::shared_ptr<const sip::TlsCredentials>& credentials() const noexcept {
        return credentials_;
    }
    [[nodiscard]] crypto::Bytes<32> key_hash() const { return credentials_->key_hash(); }
    /// Their dates are of another time (tls_identity.hpp).
    [[nodiscard]] bool is_stale(sip::Now now) const noexcept { return node::is_stale(made_, now); }
    /// A certificate may have been renewed in its file. False: there is a fault in it, and the old ones stay
    /// in use; the log has the fault.
    bool renew(sip::Now now);

private:
    const Config& config_;
    const StatePaths paths_;
    const crypto::Identity& identity_;
    std::shared_ptr<const sip::TlsCredentials> credentials_;
    sip::Now made_;
};

}  // namespace node
