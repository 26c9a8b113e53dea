// sip/syntax/stored_request.hpp - a request that is kept: a MessageView that owns its bytes and its index.
// 1. It is made from a request that was read already; nothing is parsed again.
// 2. What it gives (fields(), body() ...) stays valid when it is moved: bytes and index lie in one block,
//    which changes its owner and not its place. What was moved from holds nothing.
// 3. The block is as small as the request: 40 bytes a field beside its own bytes.
#pragma once

#include <cstddef>
#include <memory>

#include "sip/syntax/message.hpp"

namespace sip {

class StoredRequest final : public MessageView {
public:
    StoredRequest() noexcept = default;  // holds nothing
    /// Copies what `request` views, and its index.
    explicit StoredRequest(const MessageView& request);
    StoredRequest(StoredRequest&& other) noexcept;
    StoredRequest& operator=(StoredRequest&& other) noexcept;
    StoredRequest(const StoredRequest&) = delete;  // a request is large: who wants two says so
    StoredRequest& operator=(const StoredRequest&) = delete;
    ~StoredRequest() = default;

    [[nodiscard]] bool empty() const noexcept { return block_ == nullptr; }
    /// What it takes of memory: for whoever bounds that.
    [[nodiscard]] std::size_t bytes() const noexcept { return wire().size() + fields().size_bytes(); }

private:
    std::unique_ptr<std::byte[]> block_;  // the fields, and then the bytes
};

}  // namespace sip
