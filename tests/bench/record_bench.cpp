// tests/bench/record_bench.cpp - what keys and contact records cost on one core.
#include <argon2.h>
#include <benchmark/benchmark.h>

#include <array>

#include "crypto/blinding.hpp"
#include "crypto/name.hpp"

namespace {

constexpr std::uint32_t period = 20000;

void blind_a_name(benchmark::State& state) {
    const auto owner = crypto::Identity::generate().public_key();
    for (auto _ : state)
        benchmark::DoNotOptimize(crypto::blind(owner, {}, "alice", period));
}
BENCHMARK(blind_a_name);

void decode_a_name(benchmark::State& state) {
    const auto name = crypto::encode_name(crypto::Identity::generate().public_key());
    for (auto _ : state)
        benchmark::DoNotOptimize(crypto::decode_name(name));
}
BENCHMARK(decode_a_name);

// The keystore's cost: t = 3, 64 MiB, lanes as given (RFC 9106's second option has 4).
void argon2id(benchmark::State& state) {
    std::array<std::uint8_t, 32> key{};
    const std::array<std::uint8_t, 16> salt{};
    for (auto _ : state)
        argon2id_hash_raw(3, 64 * 1024, static_cast<std::uint32_t>(state.range(0)), "passphrase", 10,
                          salt.data(), salt.size(), key.data(), key.size());
}
BENCHMARK(argon2id)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

}  // namespace
