// sip/syntax/stored_request.cpp - moves the views of a request from one copy of its bytes to another.
#include "sip/syntax/stored_request.hpp"

#include <cstring>
#include <type_traits>
#include <utility>

namespace sip {

static_assert(std::is_trivially_copyable_v<HeaderField> && std::is_trivially_destructible_v<HeaderField>);

StoredRequest::StoredRequest(const MessageView& request) : MessageView(request) {
    const std::size_t index = fields().size_bytes();
    block_ = std::make_unique_for_overwrite<std::byte[]>(index + wire_.size());
    char* const bytes = reinterpret_cast<char*>(block_.get() + index);
    std::memcpy(bytes, wire_.data(), wire_.size());

    const char* const before = wire_.data();
    const auto moved = [&](std::string_view text) {
        return text.data() == nullptr ? text : std::string_view(bytes + (text.data() - before), text.size());
    };
    // new std::byte[] is aligned for any type: [expr.new].
    auto* const fields = reinterpret_cast<HeaderField*>(block_.get());
    for (std::size_t i = 0; i < field_count_; ++i)
        std::construct_at(fields + i,
                          HeaderField{fields_[i].id, moved(fields_[i].name), moved(fields_[i].value)});
    fields_ = fields;
    for (std::string_view* text : {&method_text_, &request_uri_, &version_, &reason_, &body_, &wire_})
        *text = moved(*text);
}

StoredRequest::StoredRequest(StoredRequest&& other) noexcept
    : MessageView(other), block_(std::move(other.block_)) {
    other.MessageView::operator=(StoredRequest{});
}

StoredRequest& StoredRequest::operator=(StoredRequest&& other) noexcept {
    if (this == &other) return *this;
    MessageView::operator=(other);
    block_ = std::move(other.block_);
    other.MessageView::operator=(StoredRequest{});
    return *this;
}

}  // namespace sip
