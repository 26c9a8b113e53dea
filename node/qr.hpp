// node/qr.hpp - a QR code as text: two modules a character, by the half blocks of UTF-8.
#pragma once

#include <string>

namespace node {

/// Dark modules are printed as blanks and light ones as blocks, with a quiet zone of 4: readable on dark
/// terminals, and cameras read the inverse too. Throws std::runtime_error when `text` is too long for a QR
/// code.
std::string qr_text(const std::string& text);

}  // namespace node
