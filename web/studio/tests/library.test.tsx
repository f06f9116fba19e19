import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LibraryJob } from "../src/api/types";

type Answer = { status?: number; body?: unknown };
let answer: (path: string, init: RequestInit) => Answer | Promise<Answer>;
const asked: string[] = [];

function job(number: number, part: Partial<LibraryJob> = {}): LibraryJob {
  return {
    job_id: `job-${number}`,
    session_id: "earlier",
    state: "succeeded",
    percent: 100,
    progress_percent: 100,
    eta_seconds: null,
    eta_range: null,
    cancel_requested: false,
    created_at: "2026-01-01T12:00:00+00:00",
    started_at: null,
    finished_at: null,
    error: null,
    title: `Film ${number}`,
    expired_at: null,
    expires_at: null,
    kind: "pipeline",
    language: "de",
    queue_position: null,
    signed_thumbnail_url: null,
    outputs: [file(number, "final.mp4", "video/mp4"), file(number, "captions.vtt", "text/vtt")],
    ...part,
  };
}

function file(number: number, ending: string, media_type: string): LibraryJob["outputs"][number] {
  const filename = `job-${number}-${ending}`;
  return {
    filename,
    kind: "final_output",
    bytes: 1000,
    media_type,
    created_at: "2026-01-01T12:00:00+00:00",
    job_id: `job-${number}`,
    url: `/download/earlier/${filename}`,
    signed_url: `/download/s-1/${filename}?signature=x`,
  } as LibraryJob["outputs"][number];
}

const page = (jobs: LibraryJob[], next_cursor: string | null = null): Answer => ({ body: { jobs, next_cursor } });
const titles = (entries: LibraryJob[]) => entries.map(({ title }) => title);

/** The modules as a page that was just opened has them. */
async function opened() {
  const list = await import("../src/library/library");
  const { session } = await import("../src/live/session");
  return { ...list, session };
}

beforeEach(() => {
  vi.resetModules();
  asked.length = 0;
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push(`${init.method} ${path}`);
    const { status = 200, body = {} } = await answer(path, init);
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  });
});
afterEach(cleanup);

describe("the list of an owner", () => {
  it("is loaded page by page, and as far again", async () => {
    const films = Array.from({ length: 50 }, (_, number) => job(number));
    answer = (path) => {
      const query = new URL(path, "http://here").searchParams;
      const from = Number(query.get("cursor") ?? 0);
      const to = from + Number(query.get("limit"));
      return page(films.slice(from, to), to < films.length ? String(to) : null);
    };
    const { library, more, reload } = await opened();
    await reload();
    expect(library.get()).toMatchObject({ loaded: true, next: "24" });
    expect(await more()).toBe("job-24");
    await reload();
    expect(library.get().entries).toHaveLength(48);
    expect(await more()).toBe("job-48");
    expect(library.get()).toMatchObject({ next: null });
    expect(titles(library.get().entries)).toEqual(titles(films));
    expect(await more()).toBeNull();
  });

  it("shows the newest search, however late an earlier answer comes", async () => {
    let release = () => undefined as void;
    const { library, search } = await opened();
    answer = async (path) => {
      if (path.includes("q=slow")) await new Promise<void>((resume) => (release = resume));
      return page([job(1, { title: path })]);
    };
    const slow = search("slow");
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    const fast = search("fast & new");
    release();
    await Promise.all([slow, fast]);
    expect(library.get().found).toBe("fast & new");
    expect(library.get().entries[0]!.title).toContain("q=fast+%26+new");
  });

  it("is empty for a caller without a library or a session", async () => {
    answer = () => ({ status: 401, body: { error_code: "SESSION_REQUIRED" } });
    const { library, reload } = await opened();
    await reload();
    expect(library.get()).toMatchObject({ entries: [], loaded: true, trouble: "" });
  });

  it("is that of the session for a caller who owns nothing else", async () => {
    answer = (path) => {
      if (!path.includes("session_id=mine")) return page([]);
      return path.includes("cursor=")
        ? page([job(6)])
        : page(
            Array.from({ length: 24 }, () => job(7)),
            "later",
          );
    };
    const { library, more, reload, search, session } = await opened();
    session.set({ id: "mine", status: { jobs: [job(7)] } as never });
    await reload();
    expect(library.get().entries).toHaveLength(24);
    await more();
    expect(titles(library.get().entries).at(-1)).toBe("Film 6");
    await search("film");
    expect(asked.slice(1).every((request) => request.includes("session_id=mine"))).toBe(true);
  });

  it("keeps what is shown when the server does not answer", async () => {
    answer = () => page([job(1)]);
    const { library, reload } = await opened();
    await reload();
    answer = () => ({ status: 500, body: { user_message: "Something went wrong." } });
    await reload();
    expect(library.get()).toMatchObject({ trouble: "Something went wrong.", loaded: true });
    expect(library.get().entries).toHaveLength(1);
  });
});

describe("a change", () => {
  it("is not undone by a list that was asked for before", async () => {
    const { library, reload, rename } = await opened();
    let title = "Film 1";
    answer = () => page([job(1, { title })]);
    await reload();
    let release = () => undefined as void;
    answer = async (_, { method }) => {
      if (method === "PATCH") return { body: job(1, { title: (title = "Renamed") }) };
      const before = title;
      await new Promise<void>((resume) => (release = resume));
      return page([job(1, { title: before })]);
    };
    const loading = reload();
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    await rename("job-1", "Renamed");
    answer = () => page([job(1, { title })]);
    release();
    await loading;
    expect(titles(library.get().entries)).toEqual(["Renamed"]);
  });

  it("of a video that is gone already counts as its deletion", async () => {
    const { deleteVideo, library, reload } = await opened();
    answer = () => page([job(1), job(2)]);
    await reload();
    answer = () => ({ status: 404, body: { error_code: "JOB_NOT_FOUND" } });
    await deleteVideo(job(1));
    expect(titles(library.get().entries)).toEqual(["Film 2"]);
    answer = () => ({ status: 409, body: { error_code: "JOB_OPEN", user_message: "It runs." } });
    await expect(deleteVideo(job(2))).rejects.toThrow("It runs.");
    expect(titles(library.get().entries)).toEqual(["Film 2"]);
  });
});

describe("the page", () => {
  it("plays and downloads over links that need no session, in the language of the job", async () => {
    answer = () => page([job(1), job(2, { state: "failed", title: "Broken" })]);
    const { LibraryPage } = await import("../src/library/LibraryPage");
    const { MemoryRouter } = await import("react-router");
    render(<LibraryPage />, { wrapper: MemoryRouter });
    const link = await screen.findByRole("link", { name: "Download" });
    expect(link.getAttribute("href")).toBe("/download/s-1/job-1-final.mp4?signature=x");
    await userEvent.click(screen.getByRole("button", { name: "Play Film 1" }));
    expect(document.querySelector("video")?.getAttribute("src")).toBe("/download/s-1/job-1-final.mp4?signature=x");
    expect(document.querySelector("track")?.getAttribute("srclang")).toBe("de");
    expect(screen.getByRole("region", { name: "Not finished" }).textContent).toContain("Broken");
  });

  it("shows why a title was refused, and deletes only after confirmation", async () => {
    answer = (_, { method }) => {
      if (method === "GET") return page([job(1), job(2)]);
      if (method === "DELETE") return { status: 204 };
      return {
        status: 422,
        body: { user_message: "Check the fields.", errors: [{ field: "title", message: "Must be one line." }] },
      };
    };
    const { LibraryPage } = await import("../src/library/LibraryPage");
    const { MemoryRouter } = await import("react-router");
    render(<LibraryPage />, { wrapper: MemoryRouter });
    await userEvent.click((await screen.findAllByRole("button", { name: "Rename" }))[0]!);
    await userEvent.type(screen.getByLabelText("Title"), " again{Enter}");
    expect((await screen.findByRole("alert")).textContent).toBe("Must be one line.");
    await userEvent.keyboard("{Escape}");
    await userEvent.click(screen.getAllByRole("button", { name: "Delete" })[0]!);
    expect(asked.some((request) => request.startsWith("DELETE"))).toBe(false);
    const question = within(await screen.findByRole("alertdialog"));
    await userEvent.click(question.getByRole("button", { name: "Delete" }));
    await screen.findByText("“Film 1” was deleted.");
    expect(asked).toContain("DELETE /api/jobs/job-1");
    expect(document.activeElement).toBe(screen.getByRole("heading", { name: "Videos" }));
  });
});
