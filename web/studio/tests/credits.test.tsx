import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactElement } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const sent: [string, string, unknown][] = [];
let answers: Record<string, unknown>;

beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  sent.length = 0;
  vi.stubGlobal("fetch", async (path: string, options?: RequestInit) => {
    const method = options?.method ?? "GET";
    sent.push([method, path, options?.body ? JSON.parse(String(options.body)) : null]);
    const found = answers[`${method} ${path}`];
    return found === undefined ? new Response("{}", { status: 404 }) : Response.json(found);
  });
});
afterEach(cleanup);

/** Render a part of the page, with what it asks the server for. */
async function show(part: ReactElement) {
  const { queryClient } = await import("../src/api/queries");
  return render(<QueryClientProvider client={queryClient}>{part}</QueryClientProvider>);
}

describe("a receipt", () => {
  const line = {
    stage: "voice",
    engine: "piper",
    outcome: "computed",
    steps: 1,
    unit: "second",
    quantity: 2,
    price: 0.1,
    credits: 0.2,
  };
  const runs = [{ run: 0, lines: [line, { ...line, stage: "face", outcome: "reused", credits: 0, price: 0 }] }];

  it("says what a video cost and what was free", async () => {
    answers = {
      "GET /capabilities": { billing: { credits: true } },
      "GET /api/jobs/j1/receipt": { job_id: "j1", credits: 0.2, held: 0, runs },
    };
    const { Receipt } = await import("../src/watch/Receipt");
    await show(<Receipt jobId="j1" />);
    expect((await screen.findByText("0.2 credits")).closest("details")).not.toBeNull();
    screen.getByText("2 seconds × 0.1 = 0.2");
    screen.getByText("used again");
  });

  it("is not asked for where videos cost nothing", async () => {
    answers = { "GET /capabilities": { billing: { credits: false } } };
    const { Receipt } = await import("../src/watch/Receipt");
    const { container } = await show(<Receipt jobId="j1" />);
    await vi.waitFor(() => expect(sent.length).toBe(1));
    expect(container.innerHTML).toBe("");
  });
});

describe("accounts on the page for operators", () => {
  const user = {
    user_id: "usr_1",
    email: "ada@example.com",
    role: "user",
    plan: "free",
    verified: true,
    suspended: false,
    created_at: "2026-11-01T00:00:00Z",
  };

  it("have a plan that an administrator changes", async () => {
    answers = {
      "GET /api/admin/users?limit=20": { users: [user], next_cursor: null },
      "PATCH /api/admin/users/usr_1": { ...user, plan: "premium" },
    };
    const { Users } = await import("../src/operate/Users");
    await show(<Users />);
    const plan = await screen.findByLabelText<HTMLSelectElement>("Plan of ada@example.com");
    expect(plan.value).toBe("free");
    answers["GET /api/admin/users?limit=20"] = { users: [{ ...user, plan: "premium" }], next_cursor: null };
    fireEvent.change(plan, { target: { value: "premium" } });
    await vi.waitFor(() => expect(plan.value).toBe("premium"));
    expect(sent).toContainEqual(["PATCH", "/api/admin/users/usr_1", { plan: "premium" }]);
  });
});
