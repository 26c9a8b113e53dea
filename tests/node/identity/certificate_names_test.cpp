// tests/node/identity/certificate_names_test.cpp - by which names a certificate lets others know the node.
#include "node/identity/certificate_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/clock.hpp"
#include "node/identity/tls_identity.hpp"
#include "tests/node/identities.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Of a CA made for this test: node.example.org, 192.0.2.1, *.example.org, phone.example.org.
constexpr const char* issued =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBljCCATygAwIBAgIBAjAKBggqhkjOPQQDAjASMRAwDgYDVQQDDAdUZXN0IENB\n"
    "MB4XDTI2MTEyODE0MzUyMloXDTI2MTIyODE0MzUyMlowDDEKMAgGA1UEAwwBeDBZ\n"
    "MBMGByqGSM49AgEGCCqGSM49AwEHA0IABIOJm4DyEVMcmrgE7o1iFZjBiICUYrOY\n"
    "+1LgLfYlczq75xMQUrE50Zrr9qi0sGa7tNiN+UiFWVCmig5kT4VG9dGjgYgwgYUw\n"
    "QwYDVR0RBDwwOoIQbm9kZS5leGFtcGxlLm9yZ4cEwAACAYINKi5leGFtcGxlLm9y\n"
    "Z4IRcGhvbmUuZXhhbXBsZS5vcmcwHQYDVR0OBBYEFKKcG/McejjH+x4/1yzY1YmV\n"
    "KqVZMB8GA1UdIwQYMBaAFKSNRqDU4g6O4o8S/lBqedNfdQu0MAoGCCqGSM49BAMC\n"
    "A0gAMEUCIBVhG4PdcLNw4XvjEq6mEg2X14PDlnMG7yCNHctcj5bEAiEA8/3m2ONV\n"
    "nvaLvedv/u0kZAfs1KzLlRpwd8lrMB9DOq0=\n"
    "-----END CERTIFICATE-----\n";

TEST(CertificateNames, are_all_DNS_names_that_somebody_else_vouches_for_without_wildcards) {
    EXPECT_THAT(proven_names(issued), ElementsAre("node.example.org", "phone.example.org"));
    EXPECT_THAT(proven_names(std::string(issued) + issued),
                ElementsAre("node.example.org", "phone.example.org"))
        << "the first of a chain";
}

TEST(CertificateNames, of_one_that_vouches_for_itself_or_is_none_there_are_none) {
    const auto own = server_certificate(tls_key(identity(1)), {"example.org"}, wall_now());
    EXPECT_THAT(proven_names(own), IsEmpty());
    for (const char* text :
         {"", "half a certif", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
        EXPECT_THAT(proven_names(text), IsEmpty()) << text;
}

TEST(CertificateNames, are_read_from_the_file_if_a_person_has_given_one) {
    const Scratch scratch;
    write_text(scratch.dir / "a.crt", issued);
    EXPECT_THAT(proven_names_in(scratch.dir / "a.crt"), ElementsAre("node.example.org", "phone.example.org"));
    EXPECT_THAT(proven_names_in(""), IsEmpty());
    EXPECT_THAT(proven_names_in(scratch.dir / "b.crt"), IsEmpty());
}

}  // namespace
}  // namespace node
