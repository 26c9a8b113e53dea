// node/qr.cpp - libqrencode's matrix, drawn with half blocks.
#include "node/qr.hpp"

#include <qrencode.h>

#include <memory>
#include <stdexcept>

namespace node {

std::string qr_text(const std::string& text) {
    const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
        QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1), QRcode_free);
    if (code == nullptr) throw std::runtime_error("this text does not fit a QR code");

    constexpr int quiet = 4;  // ISO/IEC 18004: four modules of light around the symbol
    const auto light = [&](int x, int y) {
        if (x < 0 || y < 0 || x >= code->width || y >= code->width) return true;
        return (code->data[y * code->width + x] & 1) == 0;
    };
    std::string out;
    for (int y = -quiet; y < code->width + quiet; y += 2) {
        for (int x = -quiet; x < code->width + quiet; ++x) {
            const bool upper = light(x, y);
            const bool lower = light(x, y + 1) && y + 1 < code->width + quiet;
            out += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
        }
        out += '\n';
    }
    return out;
}

}  // namespace node
