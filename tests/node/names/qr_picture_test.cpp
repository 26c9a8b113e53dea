// tests/node/names/qr_picture_test.cpp - pictures with codes, and files that are none.
#include "node/names/qr_picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <random>

#include "node/names/qr.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string invite =
    "hedgewitch:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/alice?s=0123456789abcdef";

std::vector<std::uint8_t> bytes_of_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::uint8_t> png(const Scratch& scratch) {
    write_qr_png(scratch.dir / "qr.png", invite, Privacy::secret);
    return bytes_of_file(scratch.dir / "qr.png");
}

/// A photograph of it, as it were.
std::vector<std::uint8_t> jpeg(bool inverse) {
    const auto code = qr_modules(invite);
    const int side = (code.width + 2 * qr_quiet_zone) * 5;
    std::vector<std::uint8_t> grey;
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
            grey.push_back(code.is_dark(x / 5 - qr_quiet_zone, y / 5 - qr_quiet_zone) != inverse ? 20 : 230);
    unsigned char* out = nullptr;
    unsigned long size = 0;
    tjhandle turbo = tjInitCompress();
    EXPECT_EQ(tjCompress2(turbo, grey.data(), side, 0, side, TJPF_GRAY, &out, &size, TJSAMP_GRAY, 60, 0), 0);
    tjDestroy(turbo);
    std::vector<std::uint8_t> file(out, out + size);
    tjFree(out);
    return file;
}

TEST(QrPicture, png_and_jpeg_are_read) {
    const Scratch scratch;
    EXPECT_THAT(read_qr_picture(png(scratch)).value(), ElementsAre(invite));
    EXPECT_THAT(read_qr_picture(jpeg(false)).value(), ElementsAre(invite));
}

TEST(QrPicture, of_the_codes_the_first_that_means_somebody_counts) {
    const Scratch scratch;
    EXPECT_EQ(invite_in_picture(png(scratch)), invite);
    write_qr_png(scratch.dir / "other.png", "https://example.org", Privacy::secret);
    EXPECT_THAT(invite_in_picture(bytes_of_file(scratch.dir / "other.png")).error(), HasSubstr("no invite"));
}

TEST(QrPicture, light_on_dark_is_read_as_terminals_draw_it) {
    EXPECT_THAT(read_qr_picture(jpeg(true)).value(), ElementsAre(invite));
}

TEST(QrPicture, what_is_no_picture_or_cut_off_is_refused_with_a_sentence) {
    const Scratch scratch;
    EXPECT_THAT(read_qr_picture({}).error(), HasSubstr("neither a PNG nor a JPEG"));
    const std::vector<std::uint8_t> text{'h', 'e', 'l', 'l', 'o'};
    EXPECT_THAT(read_qr_picture(text).error(), HasSubstr("neither a PNG nor a JPEG"));
    for (const auto& whole : {png(scratch), jpeg(false)}) {
        for (std::size_t size = 5; size < whole.size(); size += whole.size() / 40 + 1) {
            const auto read = read_qr_picture(std::span(whole).first(size));
            EXPECT_TRUE(read || !read.error().empty());
        }
        for (std::size_t at = 0; at < whole.size(); at += whole.size() / 200 + 1) {
            auto bent = whole;
            bent[at] ^= 0xffU;
            (void)read_qr_picture(bent);  // whatever it says, it comes back
        }
    }
}

/// Of any size, dark where `dark` says so.
template <typename Dark>
std::vector<std::uint8_t> jpeg_of(int width, int height, Dark dark, int flags = 0) {
    std::vector<std::uint8_t> grey;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            grey.push_back(dark(x, y));
    unsigned char* out = nullptr;
    unsigned long size = 0;
    tjhandle turbo = tjInitCompress();
    EXPECT_EQ(
        tjCompress2(turbo, grey.data(), width, 0, height, TJPF_GRAY, &out, &size, TJSAMP_GRAY, 70, flags), 0);
    tjDestroy(turbo);
    std::vector<std::uint8_t> file(out, out + size);
    tjFree(out);
    return file;
}

TEST(QrPicture, a_noisy_photograph_from_aslant_is_read) {
    const auto code = qr_modules(invite);
    std::mt19937 dice(47);
    std::normal_distribution<double> noise(0, 40);
    constexpr double module = 14, angle = 0.3;
    const auto file = jpeg_of(1600, 1200, [&](int x, int y) {
        const double dx = x - 350, dy = y - 30;
        const double column = (dx * std::cos(angle) + dy * std::sin(angle)) / module;
        const double row = (dy * std::cos(angle) - dx * std::sin(angle)) / module;
        const double edge = code.width + qr_quiet_zone;
        const bool is_paper = column > -qr_quiet_zone && row > -qr_quiet_zone && column < edge && row < edge;
        const bool is_dark =
            code.is_dark(static_cast<int>(std::floor(column)), static_cast<int>(std::floor(row)));
        const double light = !is_paper ? 130 : is_dark ? 50 : 210;
        return static_cast<std::uint8_t>(std::clamp(light + noise(dice), 0.0, 255.0));
    });
    EXPECT_THAT(read_qr_picture(file).value(), ElementsAre(invite));
}

TEST(QrPicture, what_a_PNG_has_beside_its_pixels_is_not_looked_at) {
    const Scratch scratch;
    auto file = png(scratch);
    // 900 packed texts of 8 MB each are 7 MB, and half a minute. This one libpng would refuse, if it saw it.
    constexpr std::array<std::uint8_t, 13> text = {0, 0, 0, 1, 'z', '1', 'x', 't', 'k', 0, 0, 0, 0};
    constexpr std::ptrdiff_t behind_the_header = 33;
    file.insert(file.begin() + behind_the_header, text.begin(), text.end());
    EXPECT_THAT(read_qr_picture(file).value_or(std::vector<std::string>{}), ElementsAre(invite));
}

TEST(QrPicture, a_JPEG_in_hundreds_of_passes_is_refused_unread) {
    auto file = jpeg_of(
        64, 64, [](int, int) { return std::uint8_t{128}; }, TJFLAG_PROGRESSIVE);
    EXPECT_THAT(read_qr_picture(file).error(), HasSubstr("no QR code"));
    constexpr std::array<std::uint8_t, 2> start_of_scan = {0xff, 0xda};
    const auto last = std::find_end(file.begin(), file.end(), start_of_scan.begin(), start_of_scan.end());
    const std::vector<std::uint8_t> pass(last, file.end() - 2);
    for (int i = 0; i < 100; ++i)
        file.insert(file.end() - 2, pass.begin(), pass.end());
    EXPECT_THAT(read_qr_picture(file).error(), HasSubstr("too many passes"));
}

TEST(QrPicture, a_picture_full_of_corner_marks_takes_seconds_not_minutes) {
    constexpr int tile = 9;  // the mark's seven modules, and white
    const auto is_dark = [](int x, int y) {
        const int off = std::max(std::abs(x % tile - 4), std::abs(y % tile - 4));
        return off == 3 || off <= 1;
    };
    const auto began = std::chrono::steady_clock::now();
    const auto file =
        jpeg_of(2394, 2394, [&](int x, int y) { return std::uint8_t(is_dark(x, y) ? 0 : 255); });
    EXPECT_THAT(read_qr_picture(file).error(), HasSubstr("no QR code"));
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));  // it was two minutes
}

TEST(QrPicture, a_small_file_of_a_vast_picture_costs_no_memory) {
    const Scratch scratch;
    auto file = png(scratch);
    // IHDR's width and height, and no CRC that fits: refused by either, before any pixel is made room for.
    for (const std::size_t at : {16U, 17U, 20U, 21U})
        file[at] = 0x7f;
    EXPECT_FALSE(read_qr_picture(file));
    const std::vector<std::uint8_t> fat(max_qr_picture + 1, 0xff);
    EXPECT_THAT(read_qr_picture(fat).error(), HasSubstr("larger than 8 MiB"));
}

}  // namespace
}  // namespace node
