// tests/node/names/qr_test.cpp - the picture holds the very modules of the QR code, and its file is as
// private as it must be.
#include "node/names/qr.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>
#include <sys/stat.h>

#include "tests/node/scratch.hpp"

namespace node {
namespace {

using testing::HasSubstr;

struct Picture {
    int side = 0;
    std::vector<png_byte> pixels;
    [[nodiscard]] int at(int x, int y) const { return pixels.at(static_cast<std::size_t>(y * side + x)); }
};

Picture read_picture(const std::filesystem::path& file) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_file(&image, file.c_str()) == 0) throw std::runtime_error(image.message);
    image.format = PNG_FORMAT_GRAY;
    Picture picture{static_cast<int>(image.width), std::vector<png_byte>(PNG_IMAGE_SIZE(image))};
    if (png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr) == 0 ||
        image.width != image.height) {
        throw std::runtime_error("not a square picture");
    }
    return picture;
}

mode_t mode_of(const std::filesystem::path& file) {
    struct stat info {};
    EXPECT_EQ(stat(file.c_str(), &info), 0);
    return info.st_mode & 0777;
}

const std::string invite = "hedgewitch:ul5c6srvlorosb5fgae6ty34vxpxvr7gnielub3dd5kta4vt6jggaryb/alice";

TEST(Qr, the_picture_has_every_module_of_the_code_and_four_of_light_around_them) {
    const Scratch scratch;
    write_qr_png(scratch.dir / "a.png", invite, Privacy::open);
    const Picture picture = read_picture(scratch.dir / "a.png");
    const QrModules code = qr_modules(invite);
    ASSERT_EQ(picture.side, (code.width + 8) * qr_png_scale);
    for (int y = 0; y < picture.side; ++y) {
        for (int x = 0; x < picture.side; ++x) {
            const int column = x / qr_png_scale - 4;
            const int row = y / qr_png_scale - 4;
            const bool inside = column >= 0 && row >= 0 && column < code.width && row < code.width;
            const bool dark = inside && code.dark.at(static_cast<std::size_t>(row * code.width + column));
            ASSERT_EQ(picture.at(x, y), dark ? 0 : 255) << x << "," << y;
        }
    }
    // The finder patterns stand in three corners, and not in the fourth: the picture is not mirrored or
    // turned.
    const auto corner = [&](int column, int row) {
        return picture.at((column + 4) * qr_png_scale, (row + 4) * qr_png_scale) == 0;
    };
    const int last = code.width - 1;
    for (int i = 0; i < 7; ++i)
        EXPECT_TRUE(corner(i, 0) && corner(last - i, 0) && corner(0, i) && corner(0, last - i)) << i;
    EXPECT_EQ(corner(1, 1) || corner(last - 1, 1) || corner(1, last - 1), false);
}

TEST(Qr, the_terminal_shows_the_same_modules_as_half_blocks) {
    const QrModules code = qr_modules(invite);
    const std::string text = qr_text(invite);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    ASSERT_EQ(static_cast<int>(lines.size()), (code.width + 8 + 1) / 2);
    for (int y = 0; y < static_cast<int>(lines.size()); ++y) {
        std::string_view rest = lines[static_cast<std::size_t>(y)];
        for (int x = 0; x < code.width + 8; ++x) {
            const auto is_block = [&](std::string_view block) { return rest.starts_with(block); };
            const bool upper = is_block("█") || is_block("▀");
            const bool lower = is_block("█") || is_block("▄");
            ASSERT_TRUE(upper || lower || is_block(" "));
            ASSERT_EQ(upper, !code.is_dark(x - 4, 2 * y - 4)) << x << "," << y;
            const bool beyond = 2 * y + 1 >= code.width + 8;
            ASSERT_EQ(lower, !beyond && !code.is_dark(x - 4, 2 * y + 1 - 4)) << x << "," << y;
            rest.remove_prefix(upper || lower ? 3 : 1);
        }
        EXPECT_TRUE(rest.empty());
    }
}

TEST(Qr, a_picture_of_a_secret_is_for_its_owner_alone_also_over_an_older_one) {
    const Scratch scratch;
    const auto file = scratch.dir / "a.png";
    const mode_t mask = umask(022);
    write_qr_png(file, invite, Privacy::open);
    EXPECT_EQ(mode_of(file), 0644U);
    write_qr_png(file, invite, Privacy::secret);
    EXPECT_EQ(mode_of(file), 0600U);
    umask(mask);
}

TEST(Qr, what_cannot_be_written_or_does_not_fit_is_said) {
    const Scratch scratch;
    try {
        write_qr_png(scratch.dir / "missing" / "a.png", invite, Privacy::open);
        FAIL();
    } catch (const std::runtime_error& e) {
        EXPECT_THAT(e.what(), HasSubstr("missing/a.png: cannot be written"));
        EXPECT_THAT(e.what(), testing::Not(HasSubstr("hedgewitch:")));
    }
    EXPECT_THROW(qr_modules(std::string(5000, 'a')), std::runtime_error);
}

}  // namespace
}  // namespace node
