// tests/sip/token_bucket_test.cpp - the token bucket of sip/.
#include "sip/token_bucket.hpp"

#include "tests/token_bucket_tests.hpp"

INSTANTIATE_TYPED_TEST_SUITE_P(Sip, TokenBucketTest, sip::TokenBucket);
