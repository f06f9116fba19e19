import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { queryClient } from "../src/api/queries";
import type { Operations } from "../src/api/types";
import { report } from "./samples";

const answers: Record<string, unknown> = {};
const asked: { path: string; method: string; body: unknown }[] = [];

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push({ path, method: init.method ?? "GET", body: init.body });
    const answer = answers[`${init.method} ${path}`];
    const status = answer === undefined ? 404 : ((answer as { status?: number }).status ?? 200);
    return new Response(JSON.stringify(answer ?? { user_message: "Not found." }), { status });
  });
});
afterEach(cleanup);

const Queries = ({ children }: { children: ReactNode }) => (
  <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
);

describe("the head of a job", () => {
  it("shows its state and can be cancelled", async () => {
    const { fromReport } = await import("../src/job/view");
    const { JobHead } = await import("../src/watch/JobHead");
    answers["POST /process/job/cancel"] = report({ cancel_requested: true });
    answers["GET /process/job"] = report({ cancel_requested: true });
    render(<JobHead job={fromReport(report({ percent: 41.7, eta_seconds: 20, eta_range: [12, 30] }))} />);
    expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("42");
    expect(screen.getByText("12–30 s")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
    expect(asked[0]).toMatchObject({ path: "/process/job/cancel", method: "POST" });
  });
});

describe("a failure", () => {
  const failed = async (code: string, message: string) => {
    const { fromReport } = await import("../src/job/view");
    const { Failed } = await import("../src/watch/Failed");
    answers["POST /process/job/retry"] = report();
    answers["GET /process/job"] = report();
    const error = { code, error_code: code, stage: "face", message, user_message: message };
    render(<Failed job={fromReport(report({ state: "failed", error, finished_at: "2026-01-01T12:01:00+00:00" }))} />, {
      wrapper: MemoryRouter,
    });
    expect(screen.getByRole("alert").textContent).toContain(message);
  };

  it("shows the message of the server, and retries the job", async () => {
    await failed("ENGINE_BROKEN", "The model broke.");
    await userEvent.click(screen.getByRole("button", { name: "Retry" }));
    expect(asked.map(({ path }) => path)).toContain("/process/job/retry");
  });

  it("of a picture asks for another one, as the same would fail again", async () => {
    await failed("NO_FACE", "No face was found.");
    expect(screen.queryByRole("button", { name: "Retry" })).toBeNull();
    expect(screen.getByRole("button", { name: "Choose another picture" })).toBeTruthy();
  });
});

describe("the description of a stage", () => {
  it("says what it waits for, and the position in the queue", async () => {
    const { fromReport } = await import("../src/job/view");
    const { waitReason } = await import("../src/watch/StepNote");
    const job = fromReport(report());
    const step = (name: string) => job.steps.find((one) => one.name === name)!;
    expect(waitReason(step("animate.0"), job)).toBe("Waiting for voice and face.");
    expect(waitReason(step("script"), job)).toBe("Waiting for a free worker.");
    expect(waitReason(step("script"), { ...job, position: 3 })).toBe("The job is number 3 in the queue.");
    expect(waitReason({ ...step("script"), state: "running" }, job)).toContain("is preparing");
    expect(waitReason({ ...step("script"), state: "running", message: "loading the model" }, job)).toBe(
      "Loading the model.",
    );
    expect(waitReason(step("script"), { ...job, waitingFor: "No worker available for voice." })).toContain("No worker");
    expect(waitReason({ ...step("script"), error: "The provider is busy." }, { ...job, retryAt: 0 })).toContain(
      "retried",
    );
  });
});

describe("a step on the timeline", () => {
  it("is a button whose label has its state", async () => {
    const { fromReport } = await import("../src/job/view");
    const { StepBar } = await import("../src/watch/StepBar");
    const step = { ...fromReport(report()).steps[2]!, state: "done" as const, found: true };
    const chosen = vi.fn();
    render(
      <StepBar block={{ step, from: 0, to: 1, real: true }} from="0%" width="10%" chosen={false} onChoose={chosen} />,
    );
    await userEvent.click(screen.getByRole("button", { name: "Voice, scene 1: reused" }));
    expect(chosen).toHaveBeenCalledOnce();
  });
});

describe("the check of a file", () => {
  it("names layer, reason and remedy of a refusal", async () => {
    const { FileCheckNote } = await import("../src/make/FileCheckNote");
    const { explain } = await import("../src/make/fileCheck");
    const reasons = [explain({ layer: "size", code: "TOO_LARGE", message: "The file is larger than 10 MB." })];
    render(<FileCheckNote noun="picture" check={{ is: "refused", name: "me.png", title: "", reasons }} />);
    const said = screen.getByRole("alert").textContent;
    for (const part of ["me.png", "File size", "larger than 10 MB", "Save it smaller"]) expect(said).toContain(part);
  });
});

describe("a button for a dangerous action", () => {
  it("acts only after confirmation", async () => {
    const { ActionButton } = await import("../src/operate/ActionButton");
    const act = vi.fn(async () => undefined);
    render(<ActionButton label="Delete" sure="Delete permanently" act={act} />);
    await userEvent.click(screen.getByRole("button", { name: "Delete" }));
    expect(act).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole("button", { name: "Delete permanently" }));
    expect(act).toHaveBeenCalledOnce();
  });

  it("shows a short message instead of the response", async () => {
    const { ActionButton } = await import("../src/operate/ActionButton");
    render(<ActionButton label="Drain" act={async () => ({ workers: [] })} />);
    await userEvent.click(screen.getByRole("button", { name: "Drain" }));
    expect((await screen.findByText("Done.")).textContent).toBe("Done.");
  });
});

describe("retried jobs", () => {
  it("are reported after they have left the list", async () => {
    const { Failures } = await import("../src/operate/Failures");
    answers["POST /jobs/redrive"] = { jobs: ["one"] };
    const failed = { failures: [{ code: "ENGINE_BROKEN", jobs: 1 }], since: "2026-01-01T00:00:00+00:00" };
    const { rerender } = render(<Failures operations={failed as Operations} />);
    await userEvent.click(screen.getByRole("button", { name: "Retry" }));
    await userEvent.click(screen.getByRole("button", { name: "Retry 1 job" }));
    await screen.findByText("1 job retried.");
    rerender(<Failures operations={{ ...failed, failures: [] } as unknown as Operations} />);
    screen.getByText("1 job retried.");
  });
});

describe("a page that fails", () => {
  it("shows an error and a button to reload", async () => {
    const { PageBoundary } = await import("../src/ui/PageBoundary");
    const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const Broken = () => {
      throw new Error("ours");
    };
    const shown = (address: string, page: ReactNode) => <PageBoundary address={address}>{page}</PageBoundary>;
    const { rerender } = render(shown("/broken", <Broken />));
    expect(screen.getByRole("button", { name: "Reload the page" })).toBeTruthy();
    rerender(shown("/whole", <p>Another page</p>));
    expect(screen.getByText("Another page")).toBeTruthy();
    quiet.mockRestore();
  });
});

describe("dead letters", () => {
  const letter = {
    id: 7,
    kind: "event" as const,
    reference: "5-0",
    job_id: "job",
    error: "KeyError",
    reason: "no such step",
    count: 3,
    state: "dead" as const,
    payload_complete: true,
    created_at: "2026-01-01T12:00:00+00:00",
    last_tried_at: "2026-01-01T12:00:00+00:00",
  };

  it("show their message and reason, and can be retried", async () => {
    const { DeadLetters } = await import("../src/operate/DeadLetters");
    answers["POST /dead-letters/7/retry"] = { ...letter, state: "retrying" };
    answers["GET /dead-letters/7"] = { ...letter, payload: '{"stage": "script"}' };
    render(<DeadLetters list={[letter]} more={7} />);
    const row = screen.getByRole("listitem");
    for (const part of ["Event 5-0", "no such step", "KeyError", "job", "3 ×"]) expect(row.textContent).toContain(part);
    expect(screen.getByText(/--cursor 7/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Show payload" }));
    expect((await screen.findByLabelText("Payload")).textContent).toContain("script");
    await userEvent.click(screen.getByRole("button", { name: "Retry" }));
    expect(asked.map(({ path, method }) => `${method} ${path}`)).toContain("POST /dead-letters/7/retry");
  });

  it("cannot be retried twice at once; an empty list says so", async () => {
    const { DeadLetters } = await import("../src/operate/DeadLetters");
    const { rerender } = render(<DeadLetters list={[{ ...letter, state: "retrying" }]} more={null} />);
    expect(screen.queryByRole("button", { name: "Retry" })).toBeNull();
    rerender(<DeadLetters list={[]} more={null} />);
    expect(screen.getByText("No dead letters.")).toBeTruthy();
  });
});

describe("the rating of a video", () => {
  it("is sent with one click, and opened for more", async () => {
    const { Rating } = await import("../src/watch/Rating");
    answers["POST /process/job/feedback"] = {};
    render(<Rating jobId="job" />);
    await userEvent.click(screen.getByLabelText("2 of 5"));
    expect(asked.at(-1)).toMatchObject({ method: "POST", body: JSON.stringify({ words: "", problems: [], score: 2 }) });
    await userEvent.click(screen.getByLabelText("Lips"));
    await userEvent.type(screen.getByLabelText("In your words"), "Late.");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(JSON.parse(String(asked.at(-1)?.body))).toEqual({ words: "Late.", problems: ["lips"], score: 2 });
    expect(await screen.findByText("Saved.")).toBeTruthy();
  });

  it("shows what was said before, and what was refused", async () => {
    const { Rating } = await import("../src/watch/Rating");
    answers["GET /process/rated/feedback"] = { score: 4, words: "", problems: [] };
    answers["POST /process/rated/feedback"] = { status: 403, user_message: "Only the owner of a job may do this." };
    render(<Rating jobId="rated" />);
    await screen.findByRole("button", { name: "Say more" });
    expect((screen.getByLabelText("4 of 5") as HTMLInputElement).checked).toBe(true);
    await userEvent.click(screen.getByLabelText("5 of 5"));
    expect(await screen.findByText("Only the owner of a job may do this.")).toBeTruthy();
  });
});

describe("the jobs of all owners", () => {
  it("are listed by state in pages, and failed ones are retried", async () => {
    const { Jobs } = await import("../src/operate/Jobs");
    const job = (job_id: string) => ({
      job_id,
      owner: "user:1",
      engines: ["piper"],
      state: "failed",
      age_seconds: 90,
      attempt: 1,
      error: { error_code: "JOB_LOST", user_message: "It was lost." },
    });
    answers["GET /jobs?state=failed&limit=20"] = { jobs: [job("j1")], next_cursor: "more" };
    answers["GET /jobs?state=failed&limit=20&cursor=more"] = { jobs: [job("j2")], next_cursor: null };
    answers["GET /jobs?state=queued&limit=20"] = { jobs: [], next_cursor: null };
    answers["POST /jobs/redrive"] = { jobs: ["j1"] };
    render(<Jobs />, { wrapper: Queries });
    await userEvent.click(await screen.findByRole("button", { name: "Show more" }));
    await screen.findByText("j2");
    await userEvent.click(screen.getAllByRole("button", { name: "Retry" })[0]!);
    expect(await screen.findByText("Retried.")).toBeTruthy();
    await userEvent.click(screen.getByLabelText("queued"));
    expect(await screen.findByText("No jobs in this state.")).toBeTruthy();
  });
});

describe("the analytics", () => {
  it("plot each day, and say where nothing was measured", async () => {
    const { Plot } = await import("../src/operate/Plot");
    const days = [
      { day: "2026-01-01", people: 2 },
      { day: "2026-01-02", people: 6 },
    ] as never;
    const series = { title: "People", read: (day: { people?: number }) => day.people, show: String };
    const { rerender } = render(<Plot series={series as never} days={days} />);
    expect(screen.getByRole("img", { name: "People: from 2 to 6 a day" })).toBeTruthy();
    rerender(<Plot series={{ ...series, read: () => null } as never} days={days} />);
    expect(screen.getByRole("img", { name: "People: no data" })).toBeTruthy();
  });
});
