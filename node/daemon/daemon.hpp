// node/daemon/daemon.hpp - the running node: a SIP loop and an overlay loop, each a thread, and main for
// signals and control. Between loops only posted values. Start-up errors are thrown; once running, it ends by
// signal or `stop` only.
#pragma once

#include "node/config/config.hpp"
#include "node/identity/identity_file.hpp"
#include "node/state/paths.hpp"

namespace node {

/// Runs until SIGTERM, SIGINT or a control "stop"; at most 2 s more then. SIGHUP reloads the users.
void run_daemon(const Config& config, const StatePaths& paths, const PassphraseSource& passphrase);

}  // namespace node
