import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Batch } from "../src/api/types";
import { queryClient } from "../src/api/queries";
import { placesOf, readManifest } from "../src/batches/manifest";
import { capabilities } from "../src/make/capabilities";

const answers: Record<string, unknown> = {};
const asked: { path: string; method: string; body: unknown }[] = [];

beforeEach(() => {
  queryClient.clear();
  capabilities.set({ now: null });
  asked.length = 0;
  vi.stubGlobal("fetch", async (path: string, { method = "GET", body }: RequestInit) => {
    asked.push({ path, method, body: body ? JSON.parse(String(body)) : undefined });
    const answer = answers[`${method} ${path}`];
    return Response.json(answer ?? { user_message: "Not found." }, { status: answer ? 200 : 404 });
  });
});
afterEach(cleanup);

describe("a table of videos", () => {
  const file = (text: string, name: string) => Object.assign(new File([text], name), { text: async () => text });

  it("is sent as it is if it is CSV, and as a list of videos if it is JSON", async () => {
    expect((await readManifest(file("name\nMug\n", "m.csv"))).content).toEqual({ csv: "name\nMug\n" });
    const videos = [{ name: "Mug", values: { price: "5" } }];
    for (const text of [JSON.stringify(videos), JSON.stringify({ videos })])
      expect((await readManifest(file(text, "m.JSON"))).content).toEqual({ videos });
  });

  it.each(["{", "5", "null", '{"videos": 1}'])("in JSON that is no list is refused: %s", async (text) => {
    await expect(readManifest(file(text, "m.json"))).rejects.toThrow("not a list of videos");
  });

  it("has a column for each place of the plan", () => {
    const plan = { title: "{{ product }}", scenes: [{ text: "{{price}} for {{product}}" }, { text: "{{1}} {no}" }] };
    expect(placesOf(plan)).toEqual(["product", "price"]);
  });
});

const batch = (more: Partial<Batch>): Batch => ({
  id: "bat_1",
  name: "Spring",
  template: "prj_1",
  state: "quoted",
  problem: null,
  quote_id: "bq_1",
  dollars: 1.5,
  credits: 0,
  charged_credits: 0,
  max_credits: 0,
  counts: { waiting: 2, running: 0, done: 0, failed: 0, cancelled: 0 },
  videos: [
    {
      row: 0,
      name: "Mug",
      values: { name: "Mug", price: "5" },
      state: "waiting",
      project_id: null,
      credits: 0,
      charged_credits: 0,
      error: null,
      url: null,
    },
  ],
  created_at: "2026-01-01T12:00:00+00:00",
  finished_at: null,
  ...more,
});

async function shown(now: Batch) {
  const { BatchPage } = await import("../src/batches/BatchPage");
  answers["GET /api/batches/bat_1"] = now;
  render(
    <QueryClientProvider client={queryClient}>
      <MemoryRouter initialEntries={["/batches/bat_1"]}>
        <Routes>
          <Route path="/batches/:batch" element={<BatchPage />} />
        </Routes>
      </MemoryRouter>
    </QueryClientProvider>,
  );
  await screen.findByRole("heading", { name: "Spring" });
}

describe("a batch", () => {
  it("is started with the price that was shown", async () => {
    await shown(batch({}));
    screen.getByText("Together: $1.50");
    answers["POST /api/batches/bat_1/start"] = batch({ state: "running" });
    await userEvent.click(screen.getByRole("button", { name: "Confirm and make 2 videos" }));
    expect(asked.find(({ method }) => method === "POST")?.body).toEqual({ quote_id: "bq_1" });
    await screen.findByRole("button", { name: "Cancel the batch" });
    expect(screen.getByText("price: 5")).toBeTruthy();
  });

  it("says why it is paused, and tries failed videos again", async () => {
    await shown(batch({ state: "paused", problem: { code: "BUDGET_REACHED", message: "Over the budget." } }));
    expect(screen.getByRole("alert").textContent).toContain("Over the budget.");
    screen.getByRole("button", { name: "Resume" });
    cleanup();
    queryClient.clear();
    await shown(batch({ state: "done", counts: { waiting: 0, running: 0, done: 1, failed: 1, cancelled: 0 } }));
    screen.getByRole("button", { name: "Try 1 failed video again" });
    expect(screen.queryByRole("button", { name: "Cancel the batch" })).toBeNull();
  });
});
