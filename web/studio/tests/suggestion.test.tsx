import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, describe, expect, it } from "vitest";
import type { Uploaded } from "../src/api/types";
import type { Kept } from "../src/library/kept";

const REASON = "This kind of voice is often chosen for such a picture. Choose another voice freely.";
const voice = (id: string, name: string, suggested_for: string | null) => ({
  id,
  name,
  language: "en-US",
  gender: null,
  style: "warm",
  engine: "kokoro",
  licence: "Apache-2.0",
  default: id === "af_heart",
  suggested_for,
  sample_url: null,
});
const VOICES = [voice("af_heart", "Heart", "higher"), voice("am_michael", "Michael", "lower")];
const suggested = (register: string | null) => ({
  usable: true,
  suggested_voice: register && { register, reason: REASON },
});
const PICTURE = {
  upload_id: "picture",
  kind: "face",
  examination: { state: "done", usable: true, face_index: 0 },
  faces: [suggested("lower"), suggested(null)],
} as unknown as Uploaded;
const USUAL = { face: null, matchVoice: false, source: "script" } as const;

afterEach(cleanup);

describe("the suggested kind of voice", () => {
  it("is that of the face that speaks", async () => {
    const { suggestedRegister } = await import("../src/make/suggestion");
    expect(suggestedRegister(PICTURE, null, USUAL)).toBe("lower");
    expect(suggestedRegister(PICTURE, null, { ...USUAL, face: { upload: "picture", index: 1 } })).toBeNull();
    expect(suggestedRegister(null, null, USUAL)).toBeNull();
    const kept = { examination: { face_index: 0 }, faces: [suggested("higher")] } as unknown as Kept;
    expect(suggestedRegister(PICTURE, kept, USUAL)).toBe("higher");
  });

  it("gives way to a recording", async () => {
    const { suggestedRegister } = await import("../src/make/suggestion");
    expect(suggestedRegister(PICTURE, null, { ...USUAL, matchVoice: true })).toBeNull();
    expect(suggestedRegister(PICTURE, null, { ...USUAL, source: "recording" })).toBeNull();
  });

  it("is shown in the form, and chooses nothing", async () => {
    const { VoicePanel } = await import("../src/make/VoicePanel");
    const { draft } = await import("../src/make/draft");
    const { session } = await import("../src/live/session");
    const queries = new QueryClient();
    queries.setQueryData(["voices"], VOICES);
    session.set({ status: { uploads: [PICTURE] } as never });
    render(
      <QueryClientProvider client={queries}>
        <MemoryRouter>
          <VoicePanel />
        </MemoryRouter>
      </QueryClientProvider>,
    );
    const options = screen.getAllByRole<HTMLOptionElement>("option");
    expect(options.map((one) => one.value)).toEqual(["", "af_heart", "am_michael"]);
    expect(options[0]?.textContent).toBe("Suggested for the picture: Michael");
    expect(screen.getByText(REASON)).toBeDefined();
    expect(draft.get().voice).toBe("");
  });
});
