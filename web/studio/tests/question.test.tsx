import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { MemoryRouter } from "react-router";
import { afterEach, describe, expect, it, vi } from "vitest";

afterEach(cleanup);

/** A button that asks before it acts. */
async function asking(act: () => unknown, then = vi.fn()) {
  const { Question } = await import("../src/ui/Question");
  function Asking() {
    const [open, setOpen] = useState(false);
    return (
      <>
        <button onClick={() => setOpen(true)}>Delete</button>
        {open && (
          <Question
            title="Delete it?"
            keep="Keep"
            answers={[{ label: "Delete for good", act, then }]}
            onClose={() => setOpen(false)}
          />
        )}
      </>
    );
  }
  render(<Asking />);
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  return screen.findByRole("alertdialog", { name: "Delete it?" });
}

describe("a question", () => {
  it("has the focus on what changes nothing; Escape closes it, and the focus returns", async () => {
    const act = vi.fn();
    await asking(act);
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: "Keep" })));
    await userEvent.keyboard("{Escape}");
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: "Delete" })));
    expect(screen.queryByRole("alertdialog")).toBeNull();
    expect(act).not.toHaveBeenCalled();
  });

  it("stays with the reason if its answer fails, and goes on after it was done", async () => {
    const act = vi.fn(async () => undefined).mockRejectedValueOnce(new Error("It runs."));
    const then = vi.fn(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    await asking(act, then);
    await userEvent.click(screen.getByRole("button", { name: "Delete for good" }));
    expect((await screen.findByRole("alert")).textContent).toBe("It runs.");
    expect(then).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole("button", { name: "Delete for good" }));
    await waitFor(() => expect(then).toHaveBeenCalledOnce());
    expect(act).toHaveBeenCalledTimes(2);
  });
});

describe("a message over the page", () => {
  it("leads to its video, and is dismissed by keyboard", async () => {
    const { notices } = await import("../src/live/notices");
    const { Toasts } = await import("../src/ui/Toasts");
    render(<Toasts />, { wrapper: MemoryRouter });
    expect(screen.queryByRole("region")).toBeNull();
    notices.set({ toasts: [{ id: "1-0", job: "j1", text: "Your video is ready.", trouble: false }] });
    const link = await screen.findByRole("link", { name: "Your video is ready." });
    expect(link.getAttribute("href")).toBe("/videos/j1");
    screen.getByRole("region", { name: "Notifications (F8)" });
    screen.getByRole("button", { name: "Dismiss: Your video is ready." }).focus();
    await userEvent.keyboard("{Enter}");
    await waitFor(() => expect(screen.queryByRole("link")).toBeNull());
    expect(notices.get().toasts).toEqual([]);
  });
});
