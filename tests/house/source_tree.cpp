// tests/house/source_tree.cpp - reads the tree, and tells code from comments.
#include "tests/house/source_tree.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace house {
namespace {

namespace fs = std::filesystem;

// Walks a text once and writes every character to where it belongs, a blank to the other.
class Splitter {
public:
    explicit Splitter(const std::string& text) : text_(text) {}

    Split split() {
        while (at_ < text_.size()) {
            if (starts("//")) {
                take_until("\n", Place::comment, false);
            } else if (starts("/*")) {
                take_until("*/", Place::comment, true);
            } else if (starts("R\"")) {
                take_raw_string();
            } else if (text_[at_] == '"' || (text_[at_] == '\'' && !is_digit_separator())) {
                take_literal(text_[at_]);
            } else if (text_[at_] == '#' && only_blanks_before()) {
                take_directive();
            } else {
                put(Place::code);
            }
        }
        return std::move(out_);
    }

private:
    enum class Place { code, comment, neither };

    void put(Place place) {
        const char c = text_[at_++];
        out_.code += c == '\n' || place == Place::code ? c : ' ';
        out_.comments += c == '\n' || place == Place::comment ? c : ' ';
    }
    bool starts(std::string_view what) const { return text_.compare(at_, what.size(), what) == 0; }

    void take_until(std::string_view end, Place place, bool with_end) {
        auto stop = std::min(text_.find(end, at_ + 2), text_.size());
        if (with_end) stop = std::min(stop + end.size(), text_.size());
        while (at_ < stop)
            put(place);
    }
    void take_raw_string() {
        const auto open = text_.find('(', at_);
        const std::string end = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
        const auto stop = std::min(text_.find(end, open) + end.size(), text_.size());
        while (at_ < stop)
            put(Place::neither);
    }
    void take_literal(char quote) {
        // The quotes stay, so that a literal is still something to a reader of tokens.
        put(Place::code);
        while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
            if (text_[at_] == '\\') put(Place::neither);
            if (at_ < text_.size()) put(Place::neither);
        }
        if (at_ < text_.size()) put(Place::code);
    }
    void take_directive() {
        while (at_ < text_.size() && !starts("//") && text_[at_] != '\n') {
            if (starts("\\\n")) put(Place::neither);
            put(Place::neither);
        }
    }
    bool only_blanks_before() const {
        const auto line = text_.rfind('\n', at_) + 1;
        return text_.find_first_not_of(" \t", line) == at_;
    }
    bool is_digit_separator() const {
        return at_ > 0 && std::isalnum(static_cast<unsigned char>(text_[at_ - 1])) != 0;
    }

    const std::string& text_;
    std::size_t at_ = 0;
    Split out_;
};

}  // namespace

Split split_comments(const std::string& text) {
    return Splitter(text).split();
}

SourceFile read_source(const fs::path& root, const std::string& path) {
    SourceFile file;
    file.path = path;
    file.folder = path.substr(0, path.find('/'));
    const auto inside = path.substr(path.find('/') + 1);
    if (inside.find('/') != std::string::npos) file.room = inside.substr(0, inside.find('/'));
    file.stem = fs::path(path).stem().generic_string();
    std::ifstream in(root / path);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        file.lines.push_back(line);
    auto split = split_comments(text);
    file.code = std::move(split.code);
    file.comments = std::move(split.comments);
    return file;
}

std::vector<SourceFile> read_sources(const fs::path& root, const std::vector<std::string>& folders) {
    std::vector<std::string> paths;
    for (const auto& folder : folders) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const auto extension = entry.path().extension();
            if (extension == ".cpp" || extension == ".hpp")
                paths.push_back(fs::relative(entry.path(), root).generic_string());
        }
    }
    std::sort(paths.begin(), paths.end());
    std::vector<SourceFile> found;
    found.reserve(paths.size());
    for (const auto& path : paths)
        found.push_back(read_source(root, path));
    return found;
}

std::vector<std::string> includes_of(const SourceFile& file) {
    static const std::regex include(R"(^\s*#\s*include\s*["<]([^">]+)[">])");
    std::vector<std::string> paths;
    for (const auto& line : file.lines) {
        std::smatch match;
        if (std::regex_search(line, match, include)) paths.push_back(match[1]);
    }
    return paths;
}

}  // namespace house
