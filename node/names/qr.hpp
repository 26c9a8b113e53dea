// node/names/qr.hpp - a QR code: as text for the terminal, two modules a character, and as a PNG picture.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace node {

inline constexpr int qr_quiet_zone = 4;  // ISO/IEC 18004: modules of light around the symbol

struct QrModules {
    int width = 0;
    std::vector<bool> dark;  // width * width, row by row
    /// Light outside of the symbol.
    [[nodiscard]] bool is_dark(int x, int y) const {
        if (x < 0 || y < 0 || x >= width || y >= width) return false;
        return dark[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                    static_cast<std::size_t>(x)];
    }
};

/// Throws std::runtime_error when `text` is too long for a QR code.
QrModules qr_modules(const std::string& text);

/// Dark modules are printed as blanks and light ones as blocks, with the quiet zone: readable on dark
/// terminals, and cameras read the inverse too. Throws as qr_modules().
std::string qr_text(const std::string& text);

enum class Privacy { secret, open };
inline constexpr int qr_png_scale = 8;  // pixels a module

/// Replaces `file`, whole or not at all. Secret: only its owner may read it (0600); open: as the umask lets.
/// Throws as qr_modules(), or naming `file` when it cannot be written.
void write_qr_png(const std::filesystem::path& file, const std::string& text, Privacy privacy);

}  // namespace node
