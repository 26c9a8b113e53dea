// node/identity/private_memory.hpp - keeps the keys in this process out of core dumps, and other processes of
// the same user out of its memory.
#pragma once

namespace node {

/// Before any key is read, and again when the process has become another user (prctl(2), PR_SET_DUMPABLE:
/// that resets it). Not in builds with sanitizers: LeakSanitizer looks into its own process as a debugger
/// does.
void keep_memory_private();

}  // namespace node
