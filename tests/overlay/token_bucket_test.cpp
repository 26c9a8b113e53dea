// tests/overlay/token_bucket_test.cpp - the token bucket of overlay/.
#include "overlay/token_bucket.hpp"

#include "tests/token_bucket_tests.hpp"

INSTANTIATE_TYPED_TEST_SUITE_P(Overlay, TokenBucketTest, overlay::TokenBucket);
