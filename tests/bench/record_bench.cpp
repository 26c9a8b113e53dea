// tests/bench/record_bench.cpp - what keys and contact records cost on one core.
#include <argon2.h>
#include <benchmark/benchmark.h>

#include <array>

#include "crypto/blinding.hpp"
#include "crypto/name.hpp"
#include "overlay/block.hpp"
#include "overlay/contact_filter.hpp"
#include "tests/overlay/records.hpp"

namespace {

using namespace overlay::testing_records;

void make_a_block(benchmark::State& state) {
    const auto blinding = alice();
    const crypto::BlindedSigner signer(owner(), blinding);
    const auto record = two_contacts();
    for (auto _ : state)
        benchmark::DoNotOptimize(overlay::make_block(signer, blinding, record, parameters()));
}
BENCHMARK(make_a_block);

void check_as_storer(benchmark::State& state) {
    const auto wire = golden_block();
    const auto location = overlay::location(alice().blinded, 1);
    for (auto _ : state) {
        auto checked = overlay::check_block(wire, location, golden_now);
        if (!checked) state.SkipWithError("refused");
        benchmark::DoNotOptimize(checked);
    }
}
BENCHMARK(check_as_storer);

void open_as_caller(benchmark::State& state) {
    const auto wire = golden_block();
    const auto blinding = alice();
    for (auto _ : state) {
        auto opened = overlay::open_block(wire, blinding, golden_now);
        if (!opened) state.SkipWithError("refused");
        benchmark::DoNotOptimize(opened);
    }
}
BENCHMARK(open_as_caller);

void open_with_a_certificate(benchmark::State& state) {
    const auto wire = certified_block();
    const auto blinding = alice();
    for (auto _ : state) {
        auto opened = overlay::open_block(wire, blinding, golden_now);
        if (!opened) state.SkipWithError("refused");
        benchmark::DoNotOptimize(opened);
    }
}
BENCHMARK(open_with_a_certificate);

// What junk costs a storer: the shape is wrong, or the shape is right and the place is wrong.
void refuse_junk(benchmark::State& state) {
    const Wire junk(411, 0xa5);
    for (auto _ : state)
        benchmark::DoNotOptimize(overlay::check_block(junk, {}, golden_now));
}
BENCHMARK(refuse_junk);

void refuse_a_block_stored_elsewhere(benchmark::State& state) {
    const auto wire = golden_block();
    for (auto _ : state)
        benchmark::DoNotOptimize(overlay::check_block(wire, {}, golden_now));
}
BENCHMARK(refuse_a_block_stored_elsewhere);

void judge_an_address(benchmark::State& state) {
    const auto contact = at(overlay::Transport::udp, "2001:db8::1", 5060);
    for (auto _ : state)
        benchmark::DoNotOptimize(overlay::judge_contact(contact, {}, {}));
}
BENCHMARK(judge_an_address);

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
