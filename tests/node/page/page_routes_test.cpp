// tests/node/page/page_routes_test.cpp - the longest that fits.
#include "node/page/page_routes.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

TEST(PageRoutes, a_path_belongs_to_the_longest_that_fits) {
    PageRoutes routes;
    for (const auto* where : {"/", "/phone", "/phonebook.*", "/p", "/static", "/static/live.js", "/first/*"})
        routes.add(where, PageAccess::open, nullptr);
    const auto whose = [&](const char* path) { return routes.find(path)->where; };
    EXPECT_EQ(whose("/"), "/");
    EXPECT_EQ(whose("/people"), "/");
    EXPECT_EQ(whose("/phone"), "/phone");
    EXPECT_EQ(whose("/phone/sip.js"), "/phone");
    EXPECT_EQ(whose("/phones"), "/");
    EXPECT_EQ(whose("/phonebook.xml"), "/phonebook.*");
    EXPECT_EQ(whose("/p/token"), "/p");
    EXPECT_EQ(whose("/static/live.js"), "/static/live.js");
    EXPECT_EQ(whose("/static/live.js.map"), "/static");
    EXPECT_EQ(whose("/first/token"), "/first/*");
    EXPECT_EQ(whose("/first"), "/");
}

TEST(PageRoutes, what_is_nobodys_is_nobodys) {
    PageRoutes routes;
    routes.add("/phone", PageAccess::open, nullptr);
    EXPECT_EQ(routes.find("/"), nullptr);
}

}  // namespace
}  // namespace node
