// node/names/qr_picture.hpp - what the QR codes in a picture say: a friend's invite, photographed or sent.
// Read by ZBar, of smaller copies first: those of a noisy photograph can be read when it cannot. Whatever the
// file is, it takes a few seconds at most. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace node {

inline constexpr std::size_t max_qr_picture = std::size_t{8} * 1024 * 1024;  // bytes of the file

/// The texts of its QR codes, one at least. Error: the rest of a sentence that begins with the picture's
/// name.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> read_qr_picture(
    std::span<const std::uint8_t> file);

/// The first of them that means somebody: an invite or a SIP address.
[[nodiscard]] tl::expected<std::string, std::string> invite_in_picture(std::span<const std::uint8_t> file);

}  // namespace node
