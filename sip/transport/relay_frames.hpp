// sip/transport/relay_frames.hpp - the frames between a relay and whom it relays for, in a byte stream: type
// u8, length u8, and so many bytes (node/relay/README.md says what they mean). A core.
#pragma once

#include <string>
#include <string_view>

#include "sip/transport/message_stream.hpp"

namespace sip {

class RelayFrames final : public MessageStream {
public:
    static constexpr std::size_t header = 2, longest = header + 255;

    void append(std::string_view bytes) override { buffer_.append(bytes); }
    Result<Item> next() override {
        buffer_.erase(0, std::exchange(given_, 0));
        if (buffer_.size() < header) return Item{};
        const std::size_t size = header + static_cast<unsigned char>(buffer_[1]);
        if (buffer_.size() < size) return Item{};
        given_ = size;
        return Item{Item::Kind::frame, std::string_view(buffer_).substr(0, size)};
    }
    bool partial() const override { return buffer_.size() > given_; }
    std::size_t held() const override { return buffer_.capacity(); }
    void write(std::string_view message, std::string& out) override { out.append(message); }
    void write_ping(std::string& /*out*/) override {}  // it has a frame for that
    std::string take_output() override { return {}; }

private:
    std::string buffer_;
    std::size_t given_ = 0;  // of it, as the last item
};

}  // namespace sip
