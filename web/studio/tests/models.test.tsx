import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { queryClient } from "../src/api/queries";
import type { VideoModel } from "../src/api/types";

afterEach(cleanup);

const model = (title: string, more: Partial<VideoModel>): VideoModel => ({
  ...{ id: `maker/${title}`, title, aliases: [], provider: "maker", kind: "hosted", state: "released" },
  ...{ released_on: null, deprecated_on: null, closed_on: null, replacement: null, available: true },
  ...{ takes: ["text", "speech"], durations: [3, 10], any_duration: true, ratios: ["9:16"], resolutions: ["720p"] },
  ...{ prompt_limit: 1000, licence: "provider's terms", commercial_use: true, excluded_regions: [] },
  price: { dollars_a_second: 0.1, draft_dollars_a_second: null, checked_on: null },
  ...{ added_by_operator: false, note: "" },
  ...more,
});

it("says of each model whether it can make the clip, and what it did in the last two weeks", async () => {
  const asked: string[] = [];
  const lacks = {
    fits: false,
    reasons: ["it makes no drafts", "it lets no person speak"],
    seconds: null,
    dollars: null,
  };
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    if (path.endsWith("/changes")) return Response.json({ changes: [] });
    const record = { calls: 4, p50: 40, p90: 80, failure_rate: 0.25, rejection_rate: 0 };
    const models = [
      model("Lacking", { fit: lacks, record: { calls: 0, p50: null, p90: null, failure_rate: 0, rejection_rate: 0 } }),
      model("Able", { fit: { fits: true, reasons: [], seconds: 6, dollars: 0.6 }, record }),
    ];
    return Response.json({ models });
  });
  const { ModelsPage } = await import("../src/models/ModelsPage");
  render(
    <QueryClientProvider client={queryClient}>
      <ModelsPage />
    </QueryClientProvider>,
  );
  const able = await screen.findByRole("article", { name: "Able" });
  expect(screen.getAllByRole("article")[0]).toBe(able);
  expect(able.textContent).toContain("Can make this clip: 6.0 s for $0.60");
  for (const fact of ["4 clips", "40 s", "80 s", "25.0%"]) expect(able.textContent).toContain(fact);
  const lacking = within(screen.getByRole("article", { name: "Lacking" }));
  expect(lacking.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual(lacks.reasons);
  lacking.getByText("not used");
  await userEvent.click(screen.getByLabelText("The person in it speaks"));
  await vi.waitFor(() => expect(asked.some((path) => path.includes("speech=true"))).toBe(true));
});
