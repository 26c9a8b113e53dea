// node/names/grey_picture.hpp - a picture that somebody sent, as pixels of grey: PNG (libpng) and JPEG
// (libjpeg-turbo). What makes a small file cost much time or memory is refused before it is unpacked: vast
// sizes, texts packed into a PNG, JPEGs of hundreds of scans. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace node {

struct GreyPicture {
    static constexpr std::size_t max_pixels = std::size_t{32} * 1000 * 1000;  // a byte each

    unsigned width = 0, height = 0;
    std::vector<std::uint8_t> pixels;  // row by row
};

/// Error: the rest of a sentence that begins with the picture's name.
[[nodiscard]] tl::expected<GreyPicture, std::string> read_grey_picture(std::span<const std::uint8_t> file);

/// Smaller by `factor`: each pixel is the mean of a square of them. What a camera's noise is goes with it.
[[nodiscard]] GreyPicture reduced(const GreyPicture& picture, unsigned factor);

}  // namespace node
