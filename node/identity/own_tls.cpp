// node/identity/own_tls.cpp - what works stays, until something else does.
#include "node/identity/own_tls.hpp"

#include <spdlog/spdlog.h>

#include <stdexcept>

namespace node {

OwnTls::OwnTls(const Config& config, const StatePaths& paths, const crypto::Identity& identity, sip::Now now)
    : config_(config),
      paths_(paths),
      identity_(identity),
      credentials_(tls_credentials(config, paths, identity, now.wall)),
      made_(now) {}

bool OwnTls::renew(sip::Now now) {
    made_ = now;
    try {
        credentials_ = tls_credentials(config_, paths_, identity_, now.wall);
        return true;
    } catch (const std::runtime_error& e) {
        spdlog::error("tls: the node goes on with its old certificate: {}", e.what());
        return false;
    }
}

}  // namespace node
