// tests/node/names/qr_picture_test.cpp - pictures with codes, and files that are none.
#include "node/names/qr_picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <turbojpeg.h>

#include <fstream>
#include <iterator>

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
