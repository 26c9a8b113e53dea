// node/names/qr_picture.cpp - pixels of grey, and ZBar's scanner over them.
#include "node/names/qr_picture.hpp"

#include <png.h>
#include <turbojpeg.h>
#include <zbar.h>

#include <algorithm>
#include <array>
#include <memory>

#include "node/names/invite.hpp"

namespace node {
namespace {

struct Grey {
    unsigned width = 0, height = 0;
    std::vector<std::uint8_t> pixels;
};
using Read = tl::expected<Grey, std::string>;

bool too_large(std::size_t width, std::size_t height) {
    return width == 0 || height == 0 || width > max_qr_pixels / height;
}

Read large() {
    return tl::unexpected(std::string("is larger than 32 megapixels: cut the QR code out of it"));
}

/// libpng's simplified API: it needs no setjmp, which would jump over destructors.
Read read_png(std::span<const std::uint8_t> file) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const std::unique_ptr<png_image, void (*)(png_image*)> freed(&image, png_image_free);
    if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0)
        return tl::unexpected(std::string("is a damaged PNG: ") + image.message);
    if (too_large(image.width, image.height)) return large();
    image.format = PNG_FORMAT_GRAY;
    Grey grey{image.width, image.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
    const png_color paper{255, 255, 255};  // behind what is transparent
    if (png_image_finish_read(&image, &paper, grey.pixels.data(), 0, nullptr) == 0)
        return tl::unexpected(std::string("is a damaged PNG: ") + image.message);
    return grey;
}

Read read_jpeg(std::span<const std::uint8_t> file) {
    const std::unique_ptr<void, int (*)(tjhandle)> turbo(tjInitDecompress(), tjDestroy);
    if (turbo == nullptr) return tl::unexpected(std::string("cannot be read: no memory"));
    const auto damaged = [&] {
        return tl::unexpected(std::string("is a damaged JPEG: ") + tjGetErrorStr2(turbo.get()));
    };
    int width = 0, height = 0, sampling = 0, colours = 0;
    const auto size = static_cast<unsigned long>(file.size());
    if (tjDecompressHeader3(turbo.get(), file.data(), size, &width, &height, &sampling, &colours) != 0)
        return damaged();
    if (width <= 0 || height <= 0 ||
        too_large(static_cast<std::size_t>(width), static_cast<std::size_t>(height)))
        return large();
    Grey grey{static_cast<unsigned>(width), static_cast<unsigned>(height), {}};
    grey.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    // What is odd in it and can be read all the same is a warning.
    if (tjDecompress2(turbo.get(), file.data(), size, grey.pixels.data(), width, 0, height, TJPF_GRAY,
                      TJFLAG_LIMITSCANS) != 0 &&
        tjGetErrorCode(turbo.get()) != TJERR_WARNING)
        return damaged();
    return grey;
}

std::vector<std::string> scan(const Grey& grey) {
    using namespace zbar;
    constexpr std::size_t most = 16;
    const std::unique_ptr<zbar_image_scanner_t, void (*)(zbar_image_scanner_t*)> scanner(
        zbar_image_scanner_create(), zbar_image_scanner_destroy);
    zbar_image_scanner_set_config(scanner.get(), ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    zbar_image_scanner_set_config(scanner.get(), ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    // Light on dark, as in a terminal.
    zbar_image_scanner_set_config(scanner.get(), ZBAR_NONE, ZBAR_CFG_TEST_INVERTED, 1);
    const std::unique_ptr<zbar_image_t, void (*)(zbar_image_t*)> image(zbar_image_create(),
                                                                       zbar_image_destroy);
    zbar_image_set_format(image.get(), zbar_fourcc('Y', '8', '0', '0'));
    zbar_image_set_size(image.get(), grey.width, grey.height);
    zbar_image_set_data(image.get(), grey.pixels.data(), grey.pixels.size(), nullptr);
    std::vector<std::string> texts;
    if (zbar_scan_image(scanner.get(), image.get()) < 0) return texts;
    for (const auto* symbol = zbar_image_first_symbol(image.get()); symbol != nullptr && texts.size() < most;
         symbol = zbar_symbol_next(symbol))
        texts.emplace_back(zbar_symbol_get_data(symbol), zbar_symbol_get_data_length(symbol));
    return texts;
}

}  // namespace

tl::expected<std::vector<std::string>, std::string> read_qr_picture(std::span<const std::uint8_t> file) {
    constexpr std::array<std::uint8_t, 4> png = {0x89, 'P', 'N', 'G'};
    constexpr std::array<std::uint8_t, 3> jpeg = {0xff, 0xd8, 0xff};
    const auto begins = [&](const auto& magic) {
        return file.size() > magic.size() && std::equal(magic.begin(), magic.end(), file.begin());
    };
    if (file.size() > max_qr_picture) return tl::unexpected(std::string("is larger than 8 MiB"));
    if (!begins(png) && !begins(jpeg))
        return tl::unexpected(std::string("is neither a PNG nor a JPEG picture"));
    const auto grey = begins(png) ? read_png(file) : read_jpeg(file);
    if (!grey) return tl::unexpected(grey.error());
    auto texts = scan(*grey);
    if (texts.empty())
        return tl::unexpected(
            std::string("shows no QR code that can be read: the whole code has to be in it, with some "
                        "white around, and sharp"));
    return texts;
}

tl::expected<std::string, std::string> invite_in_picture(std::span<const std::uint8_t> file) {
    const auto texts = read_qr_picture(file);
    if (!texts) return tl::unexpected(texts.error());
    for (const auto& text : *texts) {
        if (looks_like_invite(text) || text.starts_with("sip:")) return text;
    }
    return tl::unexpected(std::string("shows a QR code, but no invite and no SIP address"));
}

}  // namespace node
