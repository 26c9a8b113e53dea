// node/json_fields.hpp - structs as JSON objects, with each field named once, beside itself:
//     struct ClockStatus {
//         std::string verdict, says;
//         static void fields(auto& self, auto& field) {
//             field("verdict", self.verdict);
//             field("says", self.says);
//         }
//     };
// 1. to_json() writes the fields in that order; a std::optional without a value is left out, or with
//    field.or_null() null; with field.unless_empty() so is what is empty, zero or false.
// 2. from_json() reads what is there, and leaves the rest as it was: the node may be older than the command.
//    What stands in field.needed() must be there.
// Throws nlohmann::json::exception when a field is of another type.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace node {

/// Figures by name, in an order of their own: an object in JSON.
struct Counts : std::vector<std::pair<std::string, std::uint64_t>> {
    using vector::vector;
};

namespace json_fields {

struct Writer {
    nlohmann::ordered_json& json;
    void operator()(const char* name, const auto& value) const { json[name] = value; }
    template <typename T>
    void operator()(const char* name, const std::optional<T>& value) const {
        if (value) json[name] = *value;
    }
    void operator()(const char* name, const Counts& counts) const {
        json[name] = nlohmann::ordered_json::object();
        for (const auto& [what, count] : counts)
            json[name][what] = count;
    }
    template <typename T>
    void unless_empty(const char* name, const T& value) const {
        if constexpr (requires { value.empty(); }) {
            if (!value.empty()) json[name] = value;
        } else {
            if (value != T{}) json[name] = value;
        }
    }
    template <typename T>
    void or_null(const char* name, const std::optional<T>& value) const {
        json[name] = nullptr;
        if (value) json[name] = *value;
    }
    void needed(const char* name, const auto& value) const { json[name] = value; }
};

struct Reader {
    const nlohmann::ordered_json& json;
    void operator()(const char* name, auto& value) const {
        if (const auto found = json.find(name); found != json.end()) found->get_to(value);
    }
    template <typename T>
    void operator()(const char* name, std::optional<T>& value) const {
        if (const auto found = json.find(name); found != json.end()) value = found->template get<T>();
    }
    void operator()(const char* name, Counts& counts) const {
        const auto found = json.find(name);
        if (found == json.end()) return;
        counts.clear();
        for (const auto& [what, count] : found->items())
            counts.emplace_back(what, count.template get<std::uint64_t>());
    }
    void unless_empty(const char* name, auto& value) const { (*this)(name, value); }
    template <typename T>
    void or_null(const char* name, std::optional<T>& value) const {
        if (const auto found = json.find(name); found != json.end() && !found->is_null())
            value = found->template get<T>();
    }
    void needed(const char* name, auto& value) const { json.at(name).get_to(value); }
};

template <typename T>
concept Struct = requires(const T& self, const Writer& write) {
    T::fields(self, write);
};

}  // namespace json_fields

template <json_fields::Struct T>
void to_json(nlohmann::ordered_json& json, const T& value) {
    json = nlohmann::ordered_json::object();
    const json_fields::Writer write{json};
    T::fields(value, write);
}

template <json_fields::Struct T>
void from_json(const nlohmann::ordered_json& json, T& value) {
    const json_fields::Reader read{json};
    T::fields(value, read);
}

}  // namespace node
