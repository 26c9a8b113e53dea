// tests/overlay/recent_map_test.cpp - the bounded map of overlay/.
#include "overlay/recent_map.hpp"

#include "tests/recent_map_tests.hpp"

using Map = overlay::RecentMap<std::string, int>;
INSTANTIATE_TYPED_TEST_SUITE_P(Overlay, RecentMapTest, Map);
