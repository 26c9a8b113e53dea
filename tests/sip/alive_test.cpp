// tests/sip/alive_test.cpp - the life of an object of sip/.
#include "sip/alive.hpp"

#include "tests/alive_tests.hpp"

INSTANTIATE_TYPED_TEST_SUITE_P(Sip, AliveTest, sip::Alive);
