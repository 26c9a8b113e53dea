// node/cli/password.hpp - passwords that a desk phone's keypad can type: digits, in groups to read aloud.
#pragma once

#include <string>

namespace node {

/// 20 digits, 66 bits: digests of it go over the network in the clear, so it must stand up to guessing at
/// home.
std::string make_password();
/// "4821 9034 7712 0563 9916": for reading; the password itself has no spaces.
std::string in_groups(const std::string& password);

}  // namespace node
