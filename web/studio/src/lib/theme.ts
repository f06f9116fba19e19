import { readStored, writeStored } from "./memory";
import { createStore } from "./store";

export type Theme = "light" | "dark";

const dark = matchMedia("(prefers-color-scheme: dark)");
const chosen = (): Theme | null => readStored("theme") as Theme | null;

export const theme = createStore<{ now: Theme }>({ now: chosen() ?? of(dark.matches) });

function of(isDark: boolean): Theme {
  return isDark ? "dark" : "light";
}

function show(now: Theme): void {
  document.documentElement.dataset["theme"] = now;
  theme.set({ now });
}

show(theme.get().now);
dark.addEventListener("change", (change) => chosen() ?? show(of(change.matches)));

export function toggleTheme(): void {
  const next = theme.get().now === "dark" ? "light" : "dark";
  writeStored("theme", next);
  show(next);
}
