// node/page/phone/ring.js - the sounds that the page itself makes: it rings here, it rings there, a key. No file is needed.

let context = null;

/// Browsers let a page sound only once somebody has touched it: called on every touch, costs nothing later.
export function wake_sound() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
}

function beep(frequencies, seconds, loud) {
  if (!context || context.state !== "running") return;
  const volume = context.createGain();
  volume.gain.value = loud;
  volume.connect(context.destination);
  for (const frequency of frequencies) {
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(volume);
    tone.start();
    tone.stop(context.currentTime + seconds);
  }
}

let timer = null;

/// `what`: here (it rings), there (ringing tone, ITU-T E.180: 425 Hz, 1 s of 5), or null for silence.
export function ring(what) {
  clearInterval(timer);
  timer = null;
  if (!what) return;
  const once = () => {
    if (what === "there") return beep([425], 1, 0.06);
    beep([660, 880], 0.8, 0.2);
    navigator.vibrate?.(500);
  };
  once();
  timer = setInterval(once, what === "there" ? 5000 : 2000);
}

const rows = [697, 770, 852, 941], columns = [1209, 1336, 1477], keys = "123456789*0#";

/// So that a finger knows: the two tones of ITU-T Q.23.
export function key_sound(key) {
  const at = keys.indexOf(key);
  if (at >= 0) beep([rows[Math.floor(at / 3)], columns[at % 3]], 0.12, 0.08);
}
