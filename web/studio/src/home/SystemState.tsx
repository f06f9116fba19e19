import { useEffect } from "react";
import type { Capabilities } from "../api/types";
import { listed, t, within } from "../i18n";
import { capabilities, loadCapabilities } from "../make/capabilities";
import { STAGES } from "../watch/names";

/** Whether a video can be made now, in words. */
export function SystemState() {
  const { now, trouble } = capabilities.use((all) => all);
  useEffect(() => void loadCapabilities(), []);
  if (!now && !trouble) return <p className="min-h-6" />;
  const { text, good } = now ? stateOf(now) : { text: trouble, good: false };
  return (
    <p role="status" className="flex min-h-6 items-baseline gap-3 text-sm text-soft">
      <span aria-hidden className={`size-2.5 shrink-0 rounded-full ${good ? "bg-success" : "bg-warning"}`} />
      {text}
    </p>
  );
}

/** Say what a server can do now. */
export function stateOf(now: Capabilities): { text: string; good: boolean } {
  const engines = now.stages.map(({ stage, now: choice }) => ({ stage, kind: choice[now.default_mode]?.kind }));
  const missing = engines.filter(({ kind }) => !kind).map(({ stage }) => within(STAGES[stage] ?? stage));
  if (missing.length === engines.length)
    return { text: t("No worker is running. Videos wait until one is started."), good: false };
  if (missing.length) {
    return {
      text: t("No worker can do this now: {stages}. Videos wait for one.", { stages: listed(missing) }),
      good: false,
    };
  }
  const moving = engines.find(({ stage }) => stage === "animate")?.kind;
  if (moving === "simulated") return { text: t("This server simulates: its videos are placeholders."), good: false };
  if (moving === "real") return { text: t("Ready to make videos."), good: true };
  return { text: t("Ready to make videos, on ordinary processors."), good: true };
}
