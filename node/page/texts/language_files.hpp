// node/page/texts/language_files.hpp - the files beside this, as compiled.cmake has put them into the
// program. Immutable: any thread.
#pragma once

#include <span>
#include <string_view>

namespace node {

struct LanguageFile {
    std::string_view code;  // by its name: "de"
    std::string_view json;
};

/// English is the first.
[[nodiscard]] std::span<const LanguageFile> language_files() noexcept;

}  // namespace node
