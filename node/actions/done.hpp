// node/actions/done.hpp - what came of an action, in sentences for the person. Values: any thread.
#pragma once

#include <string>
#include <vector>

namespace node {

struct Done {
    std::string says;                // what is so now; without a line's end
    std::vector<std::string> notes;  // what the person should know besides; mostly none
};

}  // namespace node
