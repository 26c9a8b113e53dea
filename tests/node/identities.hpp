// tests/node/identities.hpp - identities that are the same in each run.
#pragma once

#include "crypto/identity.hpp"

namespace node {

inline crypto::Identity identity(std::uint8_t seed) {
    return crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{seed}));
}

}  // namespace node
