/** Return the loudest sample of each of so many equal parts. */
export function peaks(samples: Float32Array, parts: number): number[] {
  const width = Math.max(1, Math.floor(samples.length / parts));
  const found = Array.from({ length: parts }, (_, part) => {
    let highest = 0;
    for (let at = part * width; at < Math.min(samples.length, (part + 1) * width); at++) {
      highest = Math.max(highest, Math.abs(samples[at] ?? 0));
    }
    return highest;
  });
  const loudest = Math.max(...found, 1e-6);
  return found.map((peak) => peak / loudest);
}

/** Return the peaks of a sound file, decoded without a sound device. */
export async function peaksOf(url: string, parts: number): Promise<number[]> {
  const bytes = await (await fetch(url)).arrayBuffer();
  const context = new OfflineAudioContext(1, 1, 16_000);
  const sound = await context.decodeAudioData(bytes);
  return peaks(sound.getChannelData(0), parts);
}
