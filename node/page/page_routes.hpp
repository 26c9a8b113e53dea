// node/page/page_routes.hpp - which path is whose. The longest that fits counts: "/phone" is that path and
// what lies below it, "/phonebook.*" is what begins so. Set up once; then immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/page/page_request.hpp"

namespace node {

enum class PageAccess : std::uint8_t {
    login,  // only who is logged in; each POST carries the token against CSRF
    open,   // whoever may come at all; what is asked there has proofs of its own, or is for everybody
};

class PageRoutes {
public:
    struct Route {
        std::string where;
        PageAccess access = PageAccess::login;
        Pages* pages = nullptr;  // borrowed; null: the server's own
    };

    void add(std::string where, PageAccess access, Pages* pages);
    /// Null: nobody's.
    [[nodiscard]] const Route* find(std::string_view path) const;

private:
    std::vector<Route> routes_;
};

}  // namespace node
