// node/dns/rdata.cpp - RFC 1035 §3.3: numbers, character-strings, domain names.
#include "node/dns/rdata.hpp"

#include "sip/syntax/uri.hpp"

namespace node {

std::optional<std::string_view> RdataReader::take(std::size_t size) {
    if (failed_ || size > rest_.size()) {
        failed_ = true;
        return std::nullopt;
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
}

std::optional<std::uint16_t> RdataReader::number() {
    const auto bytes = take(2);
    if (!bytes) return std::nullopt;
    return static_cast<std::uint16_t>(static_cast<unsigned char>((*bytes)[0]) << 8U |
                                      static_cast<unsigned char>((*bytes)[1]));
}

std::optional<std::string> RdataReader::text() {
    const auto length = take(1);
    if (!length) return std::nullopt;
    const auto content = take(static_cast<unsigned char>(length->front()));
    return content ? std::optional(std::string(*content)) : std::nullopt;
}

std::optional<std::string> RdataReader::domain_name() {
    std::string name;
    for (;;) {
        const auto length = take(1);
        if (!length) return std::nullopt;
        const auto size = static_cast<unsigned char>(length->front());
        if (size == 0) return sip::lowercase(name);
        const auto label = size <= 63 ? take(size) : std::nullopt;
        if (!label || label->find('.') != std::string_view::npos) {
            failed_ = true;
            return std::nullopt;
        }
        if (!name.empty()) name += '.';
        name += *label;
    }
}

}  // namespace node
