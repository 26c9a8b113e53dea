// node/page/phone/phone_pages.hpp - the softphone for browsers at /phone: a handful of files that everybody
// in reach may read, for nothing in them is anybody's. Who it becomes the phone of, a one-time link tells it
// (node/provisioning); it then speaks SIP over the WebSocket of the same host and port.
#pragma once

#include <span>

#include "node/page/page_request.hpp"
#include "node/page/phone/phone_files.hpp"

namespace node {

class PhonePages : public Pages {
public:
    /// Borrows the files. Without any it says that there is no phone, and why.
    explicit PhonePages(std::span<const PhoneFile> files = phone_files()) : files_(files) {}

    [[nodiscard]] PageAnswer answer(const PageRequest& request, sip::Now now) override;

private:
    const std::span<const PhoneFile> files_;
};

}  // namespace node
