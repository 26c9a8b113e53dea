// tests/sip/recent_map_test.cpp - the bounded map of sip/.
#include "sip/recent_map.hpp"

#include "tests/recent_map_tests.hpp"

using Map = sip::RecentMap<std::string, int>;
INSTANTIATE_TYPED_TEST_SUITE_P(Sip, RecentMapTest, Map);
