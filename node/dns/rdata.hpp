// node/dns/rdata.hpp - reads RDATA off the wire, field by field (RFC 1035 §3.3). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace node {

/// Each call takes one field; nullopt when it is cut short or malformed, and for everything after that.
class RdataReader {
public:
    /// Borrows `rdata`.
    explicit RdataReader(std::string_view rdata) : rest_(rdata) {}

    std::optional<std::uint16_t> number();
    std::optional<std::string> text();  // one <character-string>
    /// Lowercase, labels joined by dots, "" for the root. Never compressed (RFC 2782, RFC 3403); a dot inside
    /// a label would read as two labels and is refused.
    std::optional<std::string> domain_name();
    [[nodiscard]] bool at_end() const noexcept { return !failed_ && rest_.empty(); }

private:
    std::optional<std::string_view> take(std::size_t size);
    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace node
