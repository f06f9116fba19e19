import { cleanup, render, screen } from "@testing-library/react";
import { Suspense } from "react";
import { afterEach, it, vi } from "vitest";
import { lazyPage } from "../src/ui/lazyPage";

afterEach(cleanup);

it("shows the first page without Suspense as soon as it is there, and later ones with it", async () => {
  let arrive = (_page: () => string): void => undefined;
  const First = lazyPage(() => new Promise((resume) => (arrive = resume)));
  const { rerender } = render(<First />);
  screen.getByText("Loading");
  arrive(() => "The first page");
  await screen.findByText("The first page");
  rerender(<First />);
  const Second = lazyPage(async () => () => "The second page");
  rerender(
    <Suspense fallback="Suspended">
      <Second />
    </Suspense>,
  );
  await screen.findByText("The second page");
});

it("lets the frame of the page say why the first one could not be loaded", async () => {
  const { PageBoundary } = await import("../src/ui/PageBoundary");
  const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const Broken = lazyPage(async () => {
    throw new Error("ours");
  });
  render(
    <PageBoundary address="/broken">
      <Suspense>
        <Broken />
      </Suspense>
    </PageBoundary>,
  );
  await screen.findByRole("button", { name: "Reload the page" });
  quiet.mockRestore();
});
