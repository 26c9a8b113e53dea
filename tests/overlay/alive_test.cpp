// tests/overlay/alive_test.cpp - the life of an object of overlay/.
#include "overlay/alive.hpp"

#include "tests/alive_tests.hpp"

INSTANTIATE_TYPED_TEST_SUITE_P(Overlay, AliveTest, overlay::Alive);
