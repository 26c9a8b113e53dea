// node/names/qr.cpp - libqrencode's matrix, drawn with half blocks or by libpng.
#include "node/names/qr.hpp"

#include <png.h>
#include <qrencode.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "crypto/file.hpp"

namespace node {
namespace {

/// 8 bits of grey a pixel. libpng's simplified API: it needs no setjmp, which would jump over destructors.
std::vector<std::uint8_t> png_of(const QrModules& code) {
    const int side = (code.width + 2 * qr_quiet_zone) * qr_png_scale;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
    auto pixel = pixels.begin();
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x)
            *pixel++ =
                code.is_dark(x / qr_png_scale - qr_quiet_zone, y / qr_png_scale - qr_quiet_zone) ? 0 : 255;
    }
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = static_cast<png_uint_32>(side);
    image.format = PNG_FORMAT_GRAY;
    std::vector<std::uint8_t> png(PNG_IMAGE_PNG_SIZE_MAX(image));
    png_alloc_size_t size = png.size();
    if (png_image_write_to_memory(&image, png.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
        throw std::runtime_error(std::string("the picture could not be made: ") + image.message);
    png.resize(size);
    return png;
}

}  // namespace

QrModules qr_modules(const std::string& text) {
    const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
        QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1), QRcode_free);
    if (code == nullptr) throw std::runtime_error("this text does not fit a QR code");
    QrModules modules{code->width, {}};
    const int count = code->width * code->width;
    modules.dark.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
        modules.dark.push_back((code->data[i] & 1) != 0);
    return modules;
}

std::string qr_text(const std::string& text) {
    const QrModules code = qr_modules(text);
    const int end = code.width + qr_quiet_zone;
    std::string out;
    for (int y = -qr_quiet_zone; y < end; y += 2) {
        for (int x = -qr_quiet_zone; x < end; ++x) {
            const bool upper = !code.is_dark(x, y);
            const bool lower = !code.is_dark(x, y + 1) && y + 1 < end;
            out += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
        }
        out += '\n';
    }
    return out;
}

void write_qr_png(const std::filesystem::path& file, const std::string& text, Privacy privacy) {
    const auto png = png_of(qr_modules(text));
    bool written = crypto::replace_file(file, png).has_value();  // 0600
    if (written && privacy == Privacy::open) {
        const mode_t mask = umask(0);  // the only way to read it; commands have one thread
        umask(mask);
        written = chmod(file.c_str(), 0666 & ~mask) == 0;
    }
    if (!written) throw std::runtime_error(file.string() + ": cannot be written: " + std::strerror(errno));
}

}  // namespace node
