import { encodeWav } from "../lib/wav";

const LONGEST_SECONDS = 120;

/** A running recording. */
export interface Recording {
  stop(): File;
  cancel(): void;
}

export class NoMicrophone extends Error {}

/** Record the microphone; `onLevel` gets the level (0 to 1) and the elapsed seconds. */
export async function record(
  onLevel: (level: number, seconds: number) => void,
  onFull: () => void,
): Promise<Recording> {
  if (!navigator.mediaDevices) {
    throw new NoMicrophone("Browsers record on secure pages only (https, or localhost). Upload a file instead.");
  }
  const stream = await navigator.mediaDevices
    .getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false } })
    .catch(() => {
      throw new NoMicrophone("Microphone access was denied. Allow it in the browser, or upload a file.");
    });
  const context = new AudioContext();
  await context.audioWorklet.addModule("/static/tap.js");
  const tap = new AudioWorkletNode(context, "tap");
  const chunks: Float32Array[] = [];
  let samples = 0;
  tap.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
    chunks.push(data);
    samples += data.length;
    const seconds = samples / context.sampleRate;
    onLevel(level(data), seconds);
    if (seconds >= LONGEST_SECONDS) onFull();
  };
  context.createMediaStreamSource(stream).connect(tap);
  const end = () => {
    tap.port.onmessage = null;
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
  return {
    cancel: end,
    stop() {
      end();
      const name = `recording-${new Date().toISOString().slice(11, 19).replaceAll(":", "")}.wav`;
      return new File([encodeWav(chunks, context.sampleRate)], name, { type: "audio/wav" });
    },
  };
}

/** Return the loudness for a meter, 0 to 1, over a range of 60 dB. */
export function level(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-9);
  return Math.min(1, Math.max(0, (decibels + 60) / 60));
}
