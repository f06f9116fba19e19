import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import type { Uploaded } from "../src/api/types";

const QUALITY = { score: 0.9, eyes: 60, height: 720, yaw: 0, pitch: 0, roll: 0, sharpness: 0.04, light: 0.5 };
const face = (left: number, reason = "") => ({
  box: { left, top: 20, width: 50, height: 50 },
  usable: !reason,
  error_code: reason ? "FACE_COVERED" : null,
  reason: reason || null,
  quality: QUALITY,
});
const crop = (face_index: number) => ({
  face_index,
  aspect_ratio: "9:16",
  width: 270,
  height: 480,
  notes: [],
  url: `/crop-${face_index}`,
  signed_url: `/crop-${face_index}?s`,
});
const SEVERAL = {
  upload_id: "pair",
  kind: "face",
  examination: {
    state: "done",
    usable: false,
    error_code: "SEVERAL_FACES",
    reason: "The picture shows several faces.",
    face_index: null,
    width: 200,
    height: 100,
    warnings: [],
    crops: [crop(0), crop(1)],
    sound: null,
  },
  faces: [face(10), face(100), face(150, "Part of the face is covered.")],
} as unknown as Uploaded;

afterEach(cleanup);

describe("a picture of several people", () => {
  it("asks for one of them, and shows what the video shows of it", async () => {
    const { FaceBoxes } = await import("../src/make/FaceBoxes");
    const { FaceVerdict } = await import("../src/make/FaceVerdict");
    const { whyUnusable } = await import("../src/make/verdict");
    const { draft } = await import("../src/make/draft");
    render(
      <>
        <FaceBoxes upload={SEVERAL} />
        <FaceVerdict upload={SEVERAL} />
      </>,
    );
    expect(screen.getByRole("status").textContent).toContain("Whose face");
    expect(screen.getByRole("button", { name: /^Face 3: Part of/ })).toHaveProperty("disabled", true);
    const second = screen.getByRole("button", { name: "Face 2" });
    expect(second.style.left).toBe("50%");
    await userEvent.click(second);
    expect(second.getAttribute("aria-pressed")).toBe("true");
    expect(draft.get().face).toEqual({ upload: "pair", index: 1 });
    expect(screen.getByRole("img").getAttribute("src")).toBe("/crop-1?s");
    expect(whyUnusable(SEVERAL, draft.get().face)).toBe("");
    expect(whyUnusable(SEVERAL, { upload: "another", index: 1 })).toContain("several");
  });
});
