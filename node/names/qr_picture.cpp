// node/names/qr_picture.cpp - ZBar's scanner over pixels of grey, at several sizes.
#include "node/names/qr_picture.hpp"

#include <zbar.h>

#include <algorithm>
#include <array>
#include <memory>

#include "node/names/grey_picture.hpp"
#include "node/names/invite.hpp"

namespace node {
namespace {

using Wanted = bool (*)(const std::string& text);

/// How often a line of it looks like the corner mark of a code (ISO 18004: 1:1:3:1:1), as ZBar will find it.
std::size_t marks_in(const GreyPicture& grey) {
    using namespace zbar;
    const std::unique_ptr<zbar_decoder_t, void (*)(zbar_decoder_t*)> decoder(zbar_decoder_create(),
                                                                             zbar_decoder_destroy);
    const std::unique_ptr<zbar_scanner_t, void (*)(zbar_scanner_t*)> scanner(
        zbar_scanner_create(decoder.get()), zbar_scanner_destroy);
    zbar_decoder_set_config(decoder.get(), ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    zbar_decoder_set_config(decoder.get(), ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    std::size_t marks = 0;
    zbar_decoder_set_userdata(decoder.get(), &marks);
    zbar_decoder_set_handler(decoder.get(), [](zbar_decoder_t* found) {
        if (zbar_decoder_get_type(found) == ZBAR_QRCODE)
            ++*static_cast<std::size_t*>(zbar_decoder_get_userdata(found));
    });
    for (unsigned y = 0; y < grey.height; ++y) {
        zbar_scanner_new_scan(scanner.get());
        for (unsigned x = 0; x < grey.width; ++x)
            zbar_scan_y(scanner.get(), grey.pixels[std::size_t{y} * grey.width + x]);
        zbar_scanner_flush(scanner.get());
        zbar_scanner_flush(scanner.get());
    }
    return marks;
}

std::vector<std::string> scan(const GreyPicture& grey) {
    using namespace zbar;
    // ZBar tries marks with each other: 40,000 of them, of three lines each, take a minute, 6,400 eight
    // seconds. A code that fills a picture of this size shows 1,000 lines, coarse noise 4,000.
    constexpr std::size_t most_marks = 6000, most = 16;
    if (marks_in(grey) > most_marks) return {};
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

/// Of the first size that shows a wanted one, or else any; none: there is no code.
std::vector<std::string> texts_of(const GreyPicture& grey, Wanted wanted) {
    constexpr std::array longest_sides = {450U, 900U, 2400U};  // pixels
    std::vector<std::string> texts;
    unsigned before = 0;
    for (const unsigned side : longest_sides) {
        const unsigned factor = (std::max(grey.width, grey.height) + side - 1) / side;
        if (factor == before) continue;
        before = factor;
        auto found = factor == 1 ? scan(grey) : scan(reduced(grey, factor));
        if (std::any_of(found.begin(), found.end(), wanted)) return found;
        if (!found.empty()) texts = std::move(found);
    }
    return texts;
}

tl::expected<std::vector<std::string>, std::string> read(std::span<const std::uint8_t> file, Wanted wanted) {
    if (file.size() > max_qr_picture) return tl::unexpected(std::string("is larger than 8 MiB"));
    const auto grey = read_grey_picture(file);
    if (!grey) return tl::unexpected(grey.error());
    auto texts = texts_of(*grey, wanted);
    if (texts.empty())
        return tl::unexpected(
            std::string("shows no QR code that can be read: the whole code has to be in it, large, with some "
                        "white around, and sharp"));
    return texts;
}

bool means_somebody(const std::string& text) {
    return looks_like_invite(text) || text.starts_with("sip:");
}

}  // namespace

tl::expected<std::vector<std::string>, std::string> read_qr_picture(std::span<const std::uint8_t> file) {
    return read(file, [](const std::string&) { return true; });
}

tl::expected<std::string, std::string> invite_in_picture(std::span<const std::uint8_t> file) {
    const auto texts = read(file, means_somebody);
    if (!texts) return tl::unexpected(texts.error());
    const auto found = std::find_if(texts->begin(), texts->end(), means_somebody);
    if (found == texts->end())
        return tl::unexpected(std::string("shows a QR code, but no invite and no SIP address"));
    return *found;
}

}  // namespace node
