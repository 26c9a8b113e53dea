// tests/house/declarations.hpp - what a file of ours declares: its classes with their data members and
// constructors, and its functions with their lengths. A reader of our style, not of all of C++: it knows no
// macros, for there are none.
#pragma once

#include <string>
#include <vector>

namespace house {

struct Class {
    std::string name;               // without its namespaces, with its outer classes: "Chain::Directory"
    int line = 0;                   // counted from 1
    std::vector<std::string> data;  // members of each object, in their order; not the static ones
    std::vector<std::size_t> constructors;  // how many parameters each has
};

struct Function {
    std::string name;   // as written: "Edge::receive" in a .cpp file
    std::string owner;  // the class whose body holds it, as Class::name; or empty
    int line = 0;
    int length = 0;  // lines from its name to its closing brace; 0: only declared
};

struct Declarations {
    std::vector<Class> classes;
    std::vector<Function> functions;
};

// REQUIRES: `code` holds no comments and no preprocessor lines (house::split_comments).
Declarations read_declarations(const std::string& code);

}  // namespace house
