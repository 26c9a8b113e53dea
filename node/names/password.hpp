// node/names/password.hpp - passwords that a desk phone's keypad can type: digits, in groups to read aloud;
// and which of others are too easy.
#pragma once

#include <string>

namespace node {

/// 20 digits, 66 bits: digests of it go over the network in the clear, so it must stand up to guessing at
/// home.
std::string make_password();
/// Why somebody who has the digest of this password would soon have the password; empty: it will do. The rest
/// of a sentence.
std::string why_weak(const std::string& password);
/// "4821 9034 7712 0563 9916": for reading; the password itself has no spaces.
std::string in_groups(const std::string& password);

}  // namespace node
