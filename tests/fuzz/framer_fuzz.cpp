// tests/fuzz/framer_fuzz.cpp - any stream: cut the same however the reads fall. Byte 0 is the size of the
// reads, byte 1 the limit.
#include "sip/syntax/framer.hpp"

#include <string>
#include <vector>

#include "sip/syntax/message.hpp"
#include "tests/fuzz/check.hpp"

namespace {

std::vector<std::string> frames(std::string_view stream, std::size_t step, std::size_t limit) {
    sip::Framer framer(limit);
    std::vector<std::string> out;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        framer.append(stream.substr(at, step));
        for (;;) {
            const auto item = framer.next();
            if (!item) {
                FUZZ_CHECK(framer.bytes_for_answer().size() <= limit);
                out.push_back("error " + item.error().message() + std::string(framer.bytes_for_answer()));
                return out;
            }
            if (item->kind == sip::Framer::Item::Kind::none) break;
            FUZZ_CHECK(item->bytes.size() <= limit);
            out.emplace_back(item->bytes);
            (void)sip::MessageView::parse(item->bytes);
        }
        FUZZ_CHECK(framer.buffered() <= limit);
    }
    out.push_back(std::to_string(framer.buffered()));
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t limit = 16 + 8 * std::size_t{data[1]};
    FUZZ_CHECK(frames(stream, 1 + std::size_t{data[0]}, limit) == frames(stream, size, limit));
    return 0;
}
