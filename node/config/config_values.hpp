// node/config/config_values.hpp - reads the kinds of values that configuration keys have, and writes them as
// TOML. What is wrong is thrown as BadValue, which says what is allowed and on which line.
#pragma once

#include <toml++/toml.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace node {

/// config.cpp adds the file and the key.
class BadValue : public std::runtime_error {
public:
    BadValue(const std::string& allowed, const toml::node& at)
        : std::runtime_error(allowed), line(at.source().begin.line) {}
    toml::source_index line;
};

std::string read_text(const toml::node& value, const char* allowed);
bool read_bool(const toml::node& value);
std::int64_t read_integer(const toml::node& value, std::int64_t low, std::int64_t high);
/// Also the empty one.
std::filesystem::path read_absolute_path(const toml::node& value);

/// Calls `element(string)` for each string of an array; it returns false for what is not `allowed`.
template <typename F>
void read_each(const toml::node& value, const char* allowed, F&& element) {
    const std::string wanted = std::string("a list of ") + allowed;
    if (!value.is_array()) throw BadValue(wanted, value);
    for (const toml::node& entry : *value.as_array()) {
        if (!entry.is_string() || !element(entry.as_string()->get())) throw BadValue(wanted, entry);
    }
}

/// The words of an enumeration, in the order in which a person reads them.
template <typename T, std::size_t N>
using Words = std::array<std::pair<std::string_view, T>, N>;

template <typename T, std::size_t N>
T read_word(const toml::node& value, const Words<T, N>& words) {
    std::string allowed;  // "auto", "require" or "off"
    for (std::size_t i = 0; i < N; ++i) {
        if (value.is_string() && value.as_string()->get() == words[i].first) return words[i].second;
        if (i > 0) allowed += i + 1 < N ? ", " : " or ";
        allowed.append("\"").append(words[i].first).append("\"");
    }
    throw BadValue(allowed, value);
}

std::string write_text(std::string_view value);  // in quotes
std::string write_bool(bool value);

template <typename T, std::size_t N>
std::string write_word(T value, const Words<T, N>& words) {
    for (const auto& [word, meaning] : words) {
        if (value == meaning) return write_text(word);
    }
    return {};
}

template <typename Range, typename F>
std::string write_list(const Range& range, F&& to_string) {
    std::string out = "[";
    for (const auto& entry : range) {
        if (out.size() > 1) out += ", ";
        out += write_text(to_string(entry));
    }
    return out + "]";
}

}  // namespace node
