// node/page/settings_view.hpp - what people change. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "node/config/config.hpp"
#include "node/page/page_view.hpp"
#include "node/state/user_table.hpp"

namespace node {

struct SettingsShown {
    struct User {
        UserRow row;
        std::string strangers;  // a mode, or "default"
    };
    std::vector<User> users;
    const Config& config;
};
/// Of each user: strangers, delivery, found by name or not. Of the node: what its file says.
void settings_view(PageView& view, const SettingsShown& shown);

}  // namespace node
