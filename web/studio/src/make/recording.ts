import { encodeWav } from "../lib/wav";
import { t } from "../i18n";

const LONGEST_SECONDS = 120;
/** What an encoder for calls does to a voice makes it worse to match. */
const RAW = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** An open microphone; it records from `begin` until `finish`. */
export interface Microphone {
  /** The device that is heard. */
  device: string;
  devices: { id: string; name: string }[];
  begin(): void;
  finish(): File;
  close(): void;
}

export interface Listener {
  /** The level (0 to 1), and the recorded seconds. */
  onLevel(level: number, seconds: number): void;
  /** The longest recording is reached. */
  onFull(): void;
  /** The device was unplugged, or its permission taken away. */
  onLost(): void;
}

export class NoMicrophone extends Error {}

/** Open a microphone: the usual one, or the device with this id. */
export async function openMicrophone(device: string, listener: Listener): Promise<Microphone> {
  const stream = await streamOf(device);
  const context = new AudioContext();
  await context.audioWorklet.addModule("/static/tap.js");
  const tap = new AudioWorkletNode(context, "tap");
  let chunks: Float32Array[] | null = null;
  let samples = 0;
  tap.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
    if (chunks) {
      chunks.push(data);
      samples += data.length;
    }
    const seconds = samples / context.sampleRate;
    listener.onLevel(level(data), seconds);
    if (seconds >= LONGEST_SECONDS) listener.onFull();
  };
  context.createMediaStreamSource(stream).connect(tap);
  const [track] = stream.getAudioTracks();
  track?.addEventListener("ended", listener.onLost);
  return {
    device: track?.getSettings().deviceId ?? device,
    devices: await devices(),
    begin() {
      chunks = [];
      samples = 0;
    },
    finish() {
      const name = `recording-${new Date().toISOString().slice(11, 19).replaceAll(":", "")}.wav`;
      return new File([encodeWav(chunks ?? [], context.sampleRate)], name, { type: "audio/wav" });
    },
    close() {
      tap.port.onmessage = null;
      for (const one of stream.getTracks()) one.stop();
      void context.close();
    },
  };
}

/** A recording that runs. */
export interface Recording {
  stop(): File;
  cancel(): void;
}

/** Record the usual microphone at once; `onFull` is called at the longest recording. */
export async function record(onLevel: Listener["onLevel"], onFull: () => void): Promise<Recording> {
  const microphone = await openMicrophone("", { onLevel, onFull, onLost: onFull });
  microphone.begin();
  return {
    cancel: () => microphone.close(),
    stop() {
      const file = microphone.finish();
      microphone.close();
      return file;
    },
  };
}

async function streamOf(device: string): Promise<MediaStream> {
  if (!navigator.mediaDevices) {
    throw new NoMicrophone(t("Browsers record on secure pages only (https, or localhost). Upload a file instead."));
  }
  const audio = device ? { ...RAW, deviceId: { exact: device } } : RAW;
  return navigator.mediaDevices.getUserMedia({ audio }).catch((problem: DOMException) => {
    if (problem.name === "NotFoundError")
      throw new NoMicrophone(t("No microphone was found. Connect one, or upload a file."));
    throw new NoMicrophone(t("Microphone access was denied. Allow it in the browser, or upload a file."));
  });
}

/** List the microphones; browsers tell their names only once access is allowed. */
async function devices(): Promise<Microphone["devices"]> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all
    .filter(({ kind }) => kind === "audioinput")
    .map(({ deviceId, label }, index) => ({
      id: deviceId,
      name: label || t("Microphone {index}", { index: index + 1 }),
    }));
}

/** Return the loudness for a meter, 0 to 1, over a range of 60 dB. */
export function level(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-9);
  return Math.min(1, Math.max(0, (decibels + 60) / 60));
}
