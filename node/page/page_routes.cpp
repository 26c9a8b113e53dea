// node/page/page_routes.cpp - the longest that fits.
#include "node/page/page_routes.hpp"

namespace node {
namespace {

bool fits(std::string_view where, std::string_view path) {
    if (where.ends_with('*')) return path.starts_with(where.substr(0, where.size() - 1));
    if (!path.starts_with(where)) return false;
    return path.size() == where.size() || where == "/" || path[where.size()] == '/';
}

}  // namespace

void PageRoutes::add(std::string where, PageAccess access, Pages* pages) {
    routes_.push_back({std::move(where), access, pages});
}

const PageRoutes::Route* PageRoutes::find(std::string_view path) const {
    const Route* best = nullptr;
    for (const auto& route : routes_) {
        if (fits(route.where, path) && (best == nullptr || route.where.size() > best->where.size()))
            best = &route;
    }
    return best;
}

}  // namespace node
