// tests/house/source_tree.hpp - our files as the rules of the house look at them: lines, comments, and code
// with comments, literals and preprocessor lines blanked.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace house {

struct SourceFile {
    std::string path;                // from the root of the tree, with slashes
    std::string folder;              // "sip"
    std::string room;                // "edge" of sip/edge/edge.cpp; empty for a file of the folder itself
    std::string stem;                // "edge"
    std::vector<std::string> lines;  // as they are
    std::string code;      // what a compiler sees, blanks for the rest: as many lines and columns as the file
    std::string comments;  // the reverse: only what stands in comments

    bool is_header() const { return path.ends_with(".hpp"); }
};

// Every .cpp and .hpp below these folders of the tree, by path.
std::vector<SourceFile> read_sources(const std::filesystem::path& root,
                                     const std::vector<std::string>& folders);
SourceFile read_source(const std::filesystem::path& root, const std::string& path);

// Paths of #include directives, the quoted and the others.
std::vector<std::string> includes_of(const SourceFile& file);

// `text` split into what a compiler sees and comments.
struct Split {
    std::string code, comments;
};
Split split_comments(const std::string& text);

}  // namespace house
