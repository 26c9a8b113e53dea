// node/names/grey_picture.cpp - what may be unpacked, and the two libraries that do it.
#include "node/names/grey_picture.hpp"

#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace node {
namespace {

using Read = tl::expected<GreyPicture, std::string>;

bool too_large(std::size_t width, std::size_t height) {
    return width == 0 || height == 0 || width > GreyPicture::max_pixels / height;
}

Read large() {
    return tl::unexpected(std::string("is larger than 32 megapixels: cut the QR code out of it"));
}

/// PNG (ISO 15948) §5.3: length, type, data, CRC. libpng would unpack every text and colour profile, 8 MB
/// each and a thousand of them.
std::vector<std::uint8_t> without_extras(std::span<const std::uint8_t> file) {
    constexpr std::size_t signature = 8, around = 12;
    constexpr std::uint8_t ancillary = 0x20;  // §5.4: in the first letter of the type
    std::vector<std::uint8_t> kept(file.begin(), file.begin() + std::min(file.size(), signature));
    for (std::size_t at = signature; at < file.size() && file.size() - at >= around;) {
        std::size_t length = 0;
        for (const auto byte : file.subspan(at, 4))
            length = length << 8U | byte;
        if (length > file.size() - at - around) break;  // cut off: libpng says so
        const auto chunk = file.subspan(at, around + length);
        const std::string_view type(reinterpret_cast<const char*>(&chunk[4]), 4);
        if ((chunk[4] & ancillary) == 0 || type == "tRNS")
            kept.insert(kept.end(), chunk.begin(), chunk.end());
        at += chunk.size();
    }
    return kept;
}

/// libpng's simplified API: it needs no setjmp, which would jump over destructors.
Read read_png(std::span<const std::uint8_t> whole) {
    const auto file = without_extras(whole);
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, void (*)(png_image*)> freed(&image, png_image_free);
    if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0)
        return tl::unexpected(std::string("is a damaged PNG: ") + image.message);
    if (too_large(image.width, image.height)) return large();
    image.format = PNG_FORMAT_GRAY;
    GreyPicture grey{image.width, image.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
    const png_color paper{255, 255, 255};  // behind what is transparent
    if (png_image_finish_read(&image, &paper, grey.pixels.data(), 0, nullptr) == 0)
        return tl::unexpected(std::string("is a damaged PNG: ") + image.message);
    return grey;
}

/// Each scan of a progressive JPEG goes over all pixels, be it 70 bytes long; cameras and editors write ten.
/// In what is packed 0xff stands before 0x00 alone (ITU-T T.81 B.1.1.5).
bool has_too_many_scans(std::span<const std::uint8_t> file) {
    constexpr std::ptrdiff_t most = 40;
    constexpr std::array<std::uint8_t, 2> start_of_scan = {0xff, 0xda};
    std::ptrdiff_t scans = 0;
    for (auto at = file.begin();; at += start_of_scan.size(), ++scans) {
        at = std::search(at, file.end(), start_of_scan.begin(), start_of_scan.end());
        if (at == file.end() || scans > most) return scans > most;
    }
}

Read read_jpeg(std::span<const std::uint8_t> file) {
    const std::unique_ptr<void, int (*)(tjhandle)> turbo(tjInitDecompress(), tjDestroy);
    if (turbo == nullptr) return tl::unexpected(std::string("cannot be read: no memory"));
    const auto damaged = [&] {
        return tl::unexpected(std::string("is a damaged JPEG: ") + tjGetErrorStr2(turbo.get()));
    };
    if (has_too_many_scans(file))
        return tl::unexpected(std::string("is a JPEG in too many passes: save it as PNG"));
    int width = 0, height = 0, sampling = 0, colours = 0;
    const auto size = static_cast<unsigned long>(file.size());
    if (tjDecompressHeader3(turbo.get(), file.data(), size, &width, &height, &sampling, &colours) != 0)
        return damaged();
    if (width <= 0 || height <= 0) return tl::unexpected(std::string("is a damaged JPEG: it has no size"));
    if (too_large(static_cast<std::size_t>(width), static_cast<std::size_t>(height))) return large();
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
        return tl::unexpected(std::string("is a JPEG for printing (CMYK): save it as PNG"));
    GreyPicture grey{static_cast<unsigned>(width), static_cast<unsigned>(height), {}};
    grey.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    // What is odd in it and can be read all the same is a warning.
    if (tjDecompress2(turbo.get(), file.data(), size, grey.pixels.data(), width, 0, height, TJPF_GRAY,
                      TJFLAG_LIMITSCANS) != 0 &&
        tjGetErrorCode(turbo.get()) != TJERR_WARNING)
        return damaged();
    return grey;
}

}  // namespace

tl::expected<GreyPicture, std::string> read_grey_picture(std::span<const std::uint8_t> file) {
    constexpr std::array<std::uint8_t, 4> png = {0x89, 'P', 'N', 'G'};
    constexpr std::array<std::uint8_t, 3> jpeg = {0xff, 0xd8, 0xff};
    const auto begins = [&](const auto& magic) {
        return file.size() > magic.size() && std::equal(magic.begin(), magic.end(), file.begin());
    };
    if (begins(png)) return read_png(file);
    if (begins(jpeg)) return read_jpeg(file);
    return tl::unexpected(std::string("is neither a PNG nor a JPEG picture"));
}

GreyPicture reduced(const GreyPicture& picture, unsigned factor) {
    GreyPicture small{picture.width / factor, picture.height / factor, {}};
    small.pixels.reserve(std::size_t{small.width} * small.height);
    for (unsigned y = 0; y < small.height; ++y) {
        for (unsigned x = 0; x < small.width; ++x) {
            std::uint64_t sum = 0;
            for (unsigned row = y * factor; row < (y + 1) * factor; ++row) {
                const auto* at = &picture.pixels[std::size_t{row} * picture.width + x * factor];
                for (unsigned i = 0; i < factor; ++i)
                    sum += at[i];
            }
            small.pixels.push_back(static_cast<std::uint8_t>(sum / (std::uint64_t{factor} * factor)));
        }
    }
    return small;
}

}  // namespace node
