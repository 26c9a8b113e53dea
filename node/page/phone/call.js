// node/page/phone/call.js - one call: its state, and what a person can do to it. Knows SIP.js's sessions; draws nothing.
// States, of which the listener is told: calling, ringing (there), is_calling (here), connecting_sound, talking, held,
// on_hold, interrupted, no_way, ended.
import { Inviter, SessionState } from "sip.js";

const wish = video => ({ constraints: { audio: true, video } });

/// Whoever offers begins the DTLS handshake (RFC 5763 §5 lets either): a browser's first message comes in two pieces, for
/// its post-quantum key, and linphone's mbedTLS reads none that does.
const let_them_begin = [description => Promise.resolve({ ...plain(description), sdp: description.sdp.replaceAll("a=setup:active", "a=setup:passive") })];
const plain = ({ type, sdp }) => ({ type, sdp });

export class Call {
  /// `session`: an Inviter or an Invitation of SIP.js. `listener.changed(call)` is called after each change.
  constructor(session, caller, listener) {
    this.session = session;
    this.caller = caller;
    this.listener = listener;
    this.outgoing = session instanceof Inviter;
    this.state = this.outgoing ? "calling" : "is_calling";
    this.began = Date.now();
    this.answered_at = null;
    this.why = null;  // how it ended: {code, reason}, or {sentence}
    this.was_heard = false;
    this.declined = this.muted = this.held_here = this.held_there = this.camera = this.cancelled = false;
    this.sent_keys = "";
    session.stateChange.addListener(state => this.session_changed(state));
    // The other one's re-INVITE was answered: held, taken back, a picture more.
    session.delegate = { ...session.delegate, onInvite: () => this.looked() };
  }

  get connection() {
    return this.session.sessionDescriptionHandler?.peerConnection;
  }
  get remote() {
    return this.session.sessionDescriptionHandler?.remoteMediaStream;
  }
  get own() {
    return this.session.sessionDescriptionHandler?.localMediaStream;
  }
  get is_over() {
    return this.state === "ended";
  }
  /// Does the caller offer a picture?
  get offers_video() {
    return !this.outgoing && /^m=video [1-9]/m.test(this.session.request.body ?? "");
  }
  get shows_video() {
    return this.direction("video", ["sendrecv", "recvonly"]);
  }

  set(state) {
    if (this.is_over) return;
    this.state = state;
    this.listener.changed(this);
  }

  async begin(video) {
    this.camera = video;
    try {
      await this.session.invite({
        sessionDescriptionHandlerOptions: wish(video),
        requestDelegate: {
          onProgress: response => response.message.statusCode === 180 && this.set("ringing"),
          onReject: ({ message }) => {  // SIP.js has ended the session before it tells why
            this.why = { code: message.statusCode, reason: message.reasonPhrase };
            this.listener.changed(this);
          },
        },
      });
    } catch (error) {
      this.why = { sentence: media_fault(error, video) };
      this.finish();
    }
  }

  async answer(video) {
    this.camera = video;
    try {
      await this.session.accept({ sessionDescriptionHandlerOptions: wish(video), sessionDescriptionHandlerModifiers: let_them_begin });
    } catch (error) {
      this.why = { sentence: media_fault(error, video) };
      this.finish();  // SIP.js has answered 480
    }
  }

  async hang_up() {
    try {
      if (this.session.state === SessionState.Established) return await this.session.bye();
      if (this.outgoing) {
        this.cancelled = true;
        return await this.session.cancel();
      }
      this.declined = true;
      return await this.session.reject({ statusCode: 603 });
    } catch {
      this.finish();  // it had ended, or never began
    }
  }

  mute(on) {
    this.muted = on;
    for (const sender of this.connection?.getSenders() ?? []) if (sender.track?.kind === "audio") sender.track.enabled = !on;
    this.listener.changed(this);
  }

  hold(on) {
    return this.offer_anew({ hold: on }, () => { this.held_here = on; });
  }

  /// The first time it asks the other one, later it only stops or starts the picture.
  async show_camera(on) {
    const sender = this.connection?.getSenders().find(s => s.track?.kind === "video");
    if (!sender) return on ? this.offer_anew(wish(true), () => { this.camera = true; }) : undefined;
    sender.track.enabled = on;
    this.camera = on;
    this.listener.changed(this);
  }

  /// A re-INVITE; `agreed` when it was answered 200. True then.
  async offer_anew(options, agreed) {
    let taken = false;
    const answered = new Promise((resolve, reject) => {
      const hold = options.hold ?? this.held_here;
      this.session.sessionDescriptionHandlerOptionsReInvite = { ...options, hold };
      this.session.invite({
        sessionDescriptionHandlerOptions: { ...options, hold },
        requestDelegate: { onAccept: () => resolve(true), onReject: () => resolve(false) },
      }).catch(reject);
    });
    try {
      taken = await answered;
    } catch {
      taken = false;  // glare (RFC 3261 §14.1), or no camera
    }
    if (taken) agreed();
    this.mute(this.muted);  // a new track is never louder than its owner wants
    this.looked();
    return taken;
  }

  /// RFC 4733; false: there is no way for keys in this call.
  send_key(key) {
    const done = this.session.state === SessionState.Established &&
                 this.session.sessionDescriptionHandler.sendDtmf(key, { duration: 120, interToneGap: 70 });
    if (done) this.sent_keys = (this.sent_keys + key).slice(-32);
    return done;
  }

  direction(kind, any) {
    const found = this.connection?.getTransceivers().find(t => t.receiver.track?.kind === kind);
    return any.includes(found?.currentDirection);
  }

  session_changed(state) {
    if (state === SessionState.Established) {
      this.answered_at = Date.now();
      this.connection.addEventListener("connectionstatechange", () => this.looked());
      this.connection.addEventListener("track", () => this.listener.changed(this));
      this.looked();
    }
    if (state === SessionState.Terminated) this.finish();
  }

  /// What is so now, from what the peer connection says.
  looked() {
    if (this.is_over || this.answered_at === null) return;
    const media = this.connection?.connectionState;
    // We hold: we no longer receive. They hold: we no longer may send.
    this.held_there = !this.held_here && this.direction("audio", ["recvonly", "inactive"]);
    if (media === "failed") return this.was_heard ? this.give_up() : this.set("no_way");
    if (media === "disconnected") return this.set("interrupted");
    if (media !== "connected") return this.set("connecting_sound");
    this.was_heard = true;
    this.set(this.held_here ? "on_hold" : this.held_there ? "held" : "talking");
  }

  /// The other one is gone, and said nothing: his browser or his network has died.
  give_up() {
    if (this.why) return;
    this.why = { sentence: "lost" };
    this.hang_up();
  }

  finish() {
    if (this.is_over) return;
    this.ended_at = Date.now();
    this.set("ended");
  }

  /// For the list of calls.
  get how() {
    if (this.outgoing) return "called";
    return this.answered_at !== null ? "answered" : this.declined ? "declined" : "missed";
  }
}

/// The name of a sentence.
export function media_fault(error, video) {
  if (["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError"].includes(error?.name))
    return video ? "no_camera" : "no_microphone";
  return "ended_488";
}
