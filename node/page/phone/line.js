// node/page/phone/line.js - this browser as a phone of the node: WebSocket (RFC 7118), registration, calls that come.
// It keeps trying until it is ended; a call outlives the loss of the connection, for its sound goes another way.
import { Inviter, Registerer, RegistererState, UserAgent } from "sip.js";

import { Call } from "./call.js";
import { caller_of } from "./caller.js";

const first_pause = 1000, longest_pause = 30_000;  // ms between attempts, doubled each time
const gathering = 1000;  // ms for ICE candidates: browsers ask a STUN server three times in that; where it is silent, calls begin so late
const registration = 600;  // s

/// Many phones want a port of its own for RTCP (RFC 5761 asks nobody to do without). Where the browser can, so can we.
function mux_policy() {
  try {
    new RTCPeerConnection({ rtcpMuxPolicy: "negotiate" }).close();
    return "negotiate";
  } catch {
    return "require";
  }
}

export class Line {
  /// `listener`: line_changed(state, details), called_by(call), missed(caller), changed(call).
  /// States: connecting, ready, not_connected, refused, not_registered.
  constructor(account, listener) {
    this.account = account;
    this.listener = listener;
    this.call = null;
    this.pause = first_pause;
    this.timer = null;
    this.ended = false;
    this.agent = new UserAgent({
      uri: UserAgent.makeURI(`sip:${account.user}@${account.domain}`),
      displayName: account.name ?? "",
      authorizationUsername: account.user,
      authorizationHa1: account.ha1 ?? "",
      authorizationPassword: account.password ?? "",
      instanceId: account.instance,
      userAgentString: "Hedgewitch-Phone",
      logBuiltinEnabled: false,
      noAnswerTimeout: 180,
      transportOptions: { server: account.server ?? `wss://${location.host}/`, keepAliveInterval: 25, connectionTimeout: 10 },
      sessionDescriptionHandlerFactoryOptions: {
        iceGatheringTimeout: gathering,
        peerConnectionConfiguration: { iceServers: account.stun.length ? [{ urls: account.stun }] : [], rtcpMuxPolicy: mux_policy() },
      },
      delegate: {
        onConnect: () => this.register(),
        onDisconnect: () => this.lost(),
        onInvite: invitation => this.invited(invitation),
      },
    });
    this.registerer = new Registerer(this.agent, {
      expires: registration, refreshFrequency: 80, logConfiguration: false,
      regId: 1,  // RFC 5626 §4.2: with the instance, so that a page loaded anew takes the place of the one before
    });
    this.registerer.stateChange.addListener(state => {
      if (state === RegistererState.Registered) this.tell("ready");
      if (state === RegistererState.Unregistered && !this.ended) this.later(() => this.register());  // a refresh failed
    });
    this.online = () => this.at_once();
    window.addEventListener("online", this.online);
  }

  get is_ready() {
    return this.state === "ready";
  }

  tell(state, details = {}) {
    if (this.ended) return;
    this.state = state;
    this.listener.line_changed(state, details);
  }

  start() {
    this.tell("connecting");
    this.agent.start().catch(() => this.lost());
  }

  register() {
    this.registerer.register({
      requestDelegate: {
        onAccept: () => {
          this.pause = first_pause;
          this.tell("ready");
        },
        onReject: ({ message }) => this.not_registered(message.statusCode, message.reasonPhrase),
      },
    }).catch(() => this.later(() => this.register()));  // one is under way
  }

  not_registered(code, reason) {
    // SIP.js has answered the challenge already: 401 now means that the password is not the node's.
    if (code === 401 || code === 403 || code === 404) {
      this.next = null;
      return this.tell("refused");
    }
    if (!this.agent.isConnected()) return this.lost();
    this.tell("not_registered", { code, reason });
    this.later(() => this.register());
  }

  lost() {
    if (this.ended || this.timer) return;
    this.tell("not_connected");
    this.later(() => this.agent.reconnect().catch(() => this.lost()));
  }

  later(what) {
    clearTimeout(this.timer);
    this.next = what;
    this.timer = setTimeout(() => this.at_once(), this.pause);
    this.pause = Math.min(2 * this.pause, longest_pause);
  }

  at_once() {
    clearTimeout(this.timer);
    this.timer = null;
    const what = this.next;
    this.next = null;
    if (!this.ended) what?.();
  }

  dial(uri, name, video) {
    const target = UserAgent.makeURI(uri);
    if (!target) return null;
    this.call = new Call(new Inviter(this.agent, target, { earlyMedia: false }), { mark: "", name, address: uri }, this.listener);
    this.call.begin(video);
    return this.call;
  }

  invited(invitation) {
    const from = invitation.remoteIdentity;
    const caller = caller_of({
      display: from.displayName ?? "", user: from.uri.user ?? "", host: from.uri.host,
      asserted: invitation.request.hasHeader("P-Asserted-Identity"),
    }, this.account.domain);
    const offer = invitation.request.body ?? "";
    // No browser talks without DTLS-SRTP (RFC 8827 §6.5). Said before it rings, so that another phone may be asked.
    const talks = !offer || /^a=fingerprint:/m.test(offer);
    if (!talks || (this.call && !this.call.is_over)) {
      this.listener.missed(caller);
      invitation.reject({ statusCode: talks ? 486 : 488 }).catch(() => {});
      return;
    }
    this.call = new Call(invitation, caller, this.listener);
    this.listener.called_by(this.call);
  }

  /// Says goodbye to the node, as far as it can be reached.
  async end() {
    this.ended = true;
    clearTimeout(this.timer);
    window.removeEventListener("online", this.online);
    if (this.call && !this.call.is_over) await this.call.hang_up();
    if (this.registerer.state === RegistererState.Registered) await this.registerer.unregister().catch(() => {});
    await this.agent.stop().catch(() => {});
  }
}
