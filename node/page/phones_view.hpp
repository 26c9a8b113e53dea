// node/page/phones_view.hpp - users with their phones. Pure; any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "node/page/page_view.hpp"
#include "node/state/user_table.hpp"
#include "sip/registrar/binding.hpp"

namespace node {

struct PhonesShown {
    struct User {
        UserRow row;
        bool can_log_in = true;  // its password is of this node's realm
        std::string says;        // what `hedgewitch status` says of it; empty: the node did not answer
        std::vector<std::string> faults;  // of its phones that cannot log in, which `says` calls "above"
        std::vector<sip::Binding> phones;
    };
    std::vector<User> users;
    std::chrono::sys_seconds now;
};
/// Users with their phones; new ones, new passwords, the end of one.
void phones_view(PageView& view, const PhonesShown& shown);

}  // namespace node
