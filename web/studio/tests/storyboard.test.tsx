import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Draft, ProjectPlan, ProjectStatus } from "../src/api/types";
import { queryClient } from "../src/api/queries";

const asked: { path: string; body: unknown }[] = [];
let panels: Draft[] = [];

const draft = (scene: number, more: Partial<Draft>): Draft => ({
  scene_id: `scene-${scene + 1}`,
  scene,
  start: 0,
  seconds: 2,
  prompt: "A street",
  state: "made",
  outdated: false,
  approved: false,
  job_id: `job${scene}`,
  progress_percent: 100,
  url: `/download/s/job${scene}-final.mp4`,
  ...more,
});

beforeEach(() => {
  queryClient.clear();
  asked.length = 0;
  vi.stubGlobal("fetch", async (path: string, { body }: RequestInit) => {
    if (body) asked.push({ path, body: JSON.parse(String(body)) });
    return Response.json({ panels, approved: panels.every(({ approved }) => approved) });
  });
});
afterEach(cleanup);

async function storyboard() {
  const { StoryboardPanel } = await import("../src/projects/StoryboardPanel");
  const change = vi.fn();
  render(
    <QueryClientProvider client={queryClient}>
      <StoryboardPanel id="prj_1" percents={{ job1: 42 }} onChangeScene={change} />
    </QueryClientProvider>,
  );
  await screen.findByRole("heading", { name: "Storyboard" });
  return change;
}

describe("a storyboard", () => {
  it("is made when it is asked for", async () => {
    panels = [draft(0, { state: "missing", job_id: null, url: null })];
    await storyboard();
    expect(screen.queryByRole("article")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Make the storyboard" }));
    expect(asked).toEqual([{ path: "/api/projects/prj_1/storyboard", body: {} }]);
  });

  it("lets each draft be approved, and its scene be changed", async () => {
    panels = [draft(0, {}), draft(1, { state: "making", url: null }), draft(2, { approved: true })];
    const change = await storyboard();
    expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("42");
    screen.getByText("1 of 3 scenes approved");
    await userEvent.click(screen.getByRole("button", { name: "Approve the draft of scene 1" }));
    await userEvent.click(screen.getByRole("button", { name: "Take back the approval of scene 3" }));
    expect(asked.map(({ body }) => body)).toEqual([
      { scenes: ["scene-1"], approved: true },
      { scenes: ["scene-3"], approved: false },
    ]);
    expect(screen.queryByRole("button", { name: "Approve the draft of scene 2" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Change scene 2" }));
    expect(change).toHaveBeenCalledWith("scene-2");
  });
});

describe("the confirmation of a price", () => {
  it("waits for the approval of every draft, unless it is not wanted", async () => {
    panels = [draft(0, { state: "missing", outdated: true })];
    const { ConfirmPanel } = await import("../src/projects/ConfirmPanel");
    const report = { revision: 3, seconds: 2, quote: null, plan: { scenes: [] } } as unknown as ProjectPlan;
    const status = { status: "planning", plan_revision: 3 } as ProjectStatus;
    render(
      <QueryClientProvider client={queryClient}>
        <ConfirmPanel id="prj_1" report={report} status={status} />
      </QueryClientProvider>,
    );
    const only = await screen.findByLabelText("Make the video only if every draft is approved");
    const confirm = screen.getByRole("button", { name: "Confirm and make the video" });
    await userEvent.click(confirm);
    expect(asked).toEqual([]);
    await userEvent.click(only);
    await userEvent.click(confirm);
    expect(asked.at(-1)).toEqual({
      path: "/api/projects/prj_1/generate",
      body: { plan_revision: 3, storyboard: false },
    });
  });
});
