import { describe, expect, it } from "vitest";
import { between, clock, duration, formatAmount, size, until } from "../src/lib/format";
import { jobOf, redirected } from "../src/lib/paths";
import { encodeWav } from "../src/lib/wav";
import { words } from "../src/lib/words";
import { isAfter } from "../src/live/order";
import { level } from "../src/make/recording";
import { EMPTY } from "../src/make/draft";
import { asRequest, fromOptions } from "../src/make/options";
import { explain } from "../src/make/fileCheck";
import { explainCost, formatCost } from "../src/make/Cost";
import { meshLines } from "../src/watch/mesh";
import { peaks } from "../src/watch/peaks";

describe("formatted numbers", () => {
  it.each([
    [0, "0:00"],
    [9.6, "0:10"],
    [75, "1:15"],
    [3725, "1:02:05"],
  ])("clock %d", (seconds, said) => expect(clock(seconds)).toBe(said));
  it.each([
    [0.2, "0.2 s"],
    [4.26, "4.3 s"],
    [42, "42 s"],
    [600, "10 min"],
    [7200, "2.0 h"],
  ])("duration %d", (seconds, said) => expect(duration(seconds)).toBe(said));
  it.each([
    [12, 68, "12–68 s"],
    [50, 300, "50 s – 5 min"],
    [3, 3, "3.0 s"],
  ])("between %d and %d", (low, high, said) => expect(between(low, high)).toBe(said));
  it.each([
    [999, "999 B"],
    [424_000, "424 kB"],
    [3_400_000, "3.4 MB"],
    [24_105e6, "24.1 GB"],
  ])("size %d", (bytes, said) => expect(size(bytes)).toBe(said));
  it.each([
    [12.5, "$12.50"],
    [0.042, "$0.042"],
    [0.00031, "$0.00031"],
    [0, "$0.00"],
  ])("money %d", (amount, said) => expect(formatAmount(amount, "USD")).toBe(said));
  it("until", () => expect(until(7 * 86_400_000, 0)).toBe("in 7 days"));
});

it("ids of events compare by number", () => {
  expect(isAfter("10-0", "9-9")).toBe(true);
  expect(isAfter("9-10", "9-9")).toBe(true);
  expect(isAfter("9-9", "9-9")).toBe(false);
});

it("addresses from before lead to the present ones", () => {
  expect(redirected("#watch/abc")).toBe("/videos/abc");
  expect(redirected("#watch")).toBe("/queue");
  expect(redirected("#library/voices")).toBe("/recordings");
  expect(redirected("#account/sign-up")).toBe("/account/sign-up");
  expect(redirected("#nonsense")).toBeNull();
  expect(redirected("")).toBeNull();
});

it("the page of a video names its job", () => {
  expect(jobOf("/videos/abc")).toBe("abc");
  expect(jobOf("/videos")).toBeNull();
});

it("only spoken words are counted", () => expect(words("Well – hello, 2 worlds!  ")).toBe(4));

it("samples become a WAV file", async () => {
  const bytes = new DataView(await read(encodeWav([new Float32Array([0, 1]), new Float32Array([-2])], 48_000)));
  expect(bytes.byteLength).toBe(44 + 6);
  expect(bytes.getUint32(24, true)).toBe(48_000);
  expect([bytes.getInt16(44, true), bytes.getInt16(46, true), bytes.getInt16(48, true)]).toEqual([0, 32767, -32767]);
});

it("a waveform shows the loudest sample of each part", () => {
  expect(peaks(new Float32Array([0.1, -0.5, 0.25, 0]), 2)).toEqual([1, 0.5]);
  expect(level(new Float32Array(128))).toBe(0);
  expect(level(new Float32Array(128).fill(1))).toBe(1);
});

it("a form survives a round trip through the options of its job", () => {
  const draft = {
    ...EMPTY,
    source: "topic" as const,
    topic: "Tides",
    scenes: "2",
    aspect: "1:1" as const,
    mode: "simulation" as const,
    language: "de",
    tone: "calm",
    transition: "crossfade" as const,
    priority: "high" as const,
    seed: "7",
    engines: { voice: "kokoro" },
    captionStyle: "words" as const,
    captionSize: "large" as const,
    captionPosition: "top" as const,
  };
  const request = asRequest(draft, "session");
  expect(request).toMatchObject({
    topic: "Tides",
    scenes: 2,
    tone: "calm",
    aspect_ratio: "1:1",
    height: 720,
    language: "de",
    seed: 7,
    engines: { voice: "kokoro" },
    caption_style: "words",
  });
  expect(request).not.toHaveProperty("script");
  expect({ ...EMPTY, ...fromOptions(request) }).toEqual(draft);
});

it("a refusal names its layer and a remedy", () => {
  const refusal = explain({ layer: "structure", code: "ANIMATED", message: "The picture is animated." });
  expect(refusal.layer).toBe("File structure");
  expect(refusal.remedy).toContain("single frame");
  expect(explain({ message: "No." }).remedy).toBeTruthy();
});

it("a cost names known and unknown prices, and says if there is no charge", () => {
  const none = { currency: "EUR", amount: 0, items: [], unpriced: [] };
  expect(formatCost(none)).toBe("none");
  expect(explainCost(none)[0]).toContain("No cost");
  expect(formatCost({ ...none, unpriced: ["gemini"] })).toBe("unknown");
  const items = [{ stage: "animate", engine: "sadtalker", unit: "hour", quantity: 0.01, amount: 0.012 }];
  expect(formatCost({ ...none, amount: 0.012, items })).toBe("~ €0.012");
  expect(explainCost({ ...none, items, unpriced: ["gemini"] })).toEqual([
    "sadtalker: €0.012 for 36 s of compute time.",
    "gemini: no price is set, so there may be a charge.",
  ]);
});

it("a mesh connects each point to its neighbours once", () => {
  expect(
    meshLines(
      [
        [0, 0, 0],
        [1, 0, 0],
        [9, 0, 0],
      ],
      1,
    ),
  ).toEqual([
    [0, 1],
    [1, 2],
  ]);
});

function read(blob: Blob): Promise<ArrayBuffer> {
  return new Promise((done) => {
    const reader = new FileReader(); // blobs of jsdom have no other way
    reader.onload = () => done(reader.result as ArrayBuffer);
    reader.readAsArrayBuffer(blob);
  });
}
