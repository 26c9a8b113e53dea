// node/config/config_values.cpp - text, numbers, yes or no, paths.
#include "node/config/config_values.hpp"

namespace node {

std::string read_text(const toml::node& value, const char* allowed) {
    if (!value.is_string()) throw BadValue(allowed, value);
    return value.as_string()->get();
}

bool read_bool(const toml::node& value) {
    if (!value.is_boolean()) throw BadValue("true or false", value);
    return value.as_boolean()->get();
}

std::int64_t read_integer(const toml::node& value, std::int64_t low, std::int64_t high) {
    const auto* number = value.as_integer();
    if (number == nullptr || number->get() < low || number->get() > high) {
        throw BadValue("a whole number from " + std::to_string(low) + " to " + std::to_string(high), value);
    }
    return number->get();
}

std::filesystem::path read_absolute_path(const toml::node& value) {
    constexpr const char* allowed = "an absolute path, or nothing";
    const std::string file = read_text(value, allowed);
    if (!file.empty() && !file.starts_with('/')) throw BadValue(allowed, value);
    return file;
}

std::string write_text(std::string_view value) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

std::string write_bool(bool value) {
    return value ? "true" : "false";
}

}  // namespace node
