import { useEffect, useState } from "react";
import { Problem } from "../api/client";
import { duration } from "../lib/format";
import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { leaveIfEnded } from "../live/session";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { formatCost } from "./Cost";
import { Estimate } from "./Estimate";
import { chosen } from "./chosen";
import { type Draft, draft } from "./draft";
import { hasText, wrong } from "./options";
import { useLastCredits, useLastQuote } from "./quote";
import { start } from "./start";
import { useAcceptedUpload, usePending } from "./uploads";
import { useUnusable } from "./verdict";
import { t } from "../i18n";

/** What is missing before the video can be started; empty if nothing. */
function useMissingInput(now: Draft): string {
  const kept = chosen.use((all) => all);
  const face = useAcceptedUpload("face") ?? kept.face;
  const voice = useAcceptedUpload("voice") ?? kept.voice;
  if (!face) return t("a face");
  if (now.source === "script" && !now.script.trim()) return t("a script");
  if (now.source === "topic" && !now.topic.trim()) return t("a topic");
  if (!hasText(now)) return t("letters or numbers to speak");
  if ((now.source === "recording" || now.matchVoice) && !voice) return t("a voice");
  return "";
}

/** Why the video cannot be started now, in words; empty if it can. */
function useObstacle(): string {
  const now = draft.use((all) => all);
  const missing = useMissingInput(now);
  const unusable = useUnusable();
  const pending = usePending();
  if (pending) return t("Checking {pending}.", { pending });
  return wrong(now) || (missing ? t("Still needed: {missing}.", { missing }) : unusable);
}

export function SummaryPanel() {
  const obstacle = useObstacle();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useClearedProblem();
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      go(paths.video(await start()));
    } catch (refused) {
      if (!(refused instanceof Problem)) throw refused;
      if (!leaveIfEnded(refused)) setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-label={t("Before the start")} className="border-t-2 border-primary bg-sheet px-4 pt-3 pb-5 sm:px-6">
      <Estimate />
      <div className="z-10 bg-sheet max-lg:fixed max-lg:inset-x-0 max-lg:bottom-[calc(3.5rem+env(safe-area-inset-bottom))] max-lg:border-t max-lg:border-ink max-lg:px-4 max-lg:py-2 sm:max-lg:bottom-0 lg:mt-4">
        {problem && <Refused problem={problem} />}
        <div className="flex items-center gap-x-4 gap-y-2 lg:flex-col lg:items-stretch">
          <div className="min-w-0 flex-1 text-sm lg:order-last lg:text-center">
            <InShort />
            <p role="status" className="line-clamp-2 text-soft">
              {obstacle}
            </p>
          </div>
          <Button
            variant="primary"
            className="min-h-12 px-6 text-base whitespace-nowrap lg:min-h-13 lg:w-full"
            disabled={busy || obstacle !== ""}
            onClick={() => void submit()}
          >
            {busy ? t("Starting") : t("Make the video")}
          </Button>
        </div>
      </div>
    </section>
  );
}

/** Time and price beside the button, where the estimate is out of sight. */
function InShort() {
  const quote = useLastQuote();
  const credits = useLastCredits();
  if (!quote?.seconds) return null;
  const cost = credits
    ? t("{p50} credits", { p50: credits.p50 })
    : quote.cost?.items.length
      ? formatCost(quote.cost)
      : "";
  return (
    <p className="figures lg:hidden">
      ~ {duration(quote.seconds)}
      {cost && ` · ${cost}`}
    </p>
  );
}

/** A refusal of the server; it goes when the form changes. */
function useClearedProblem(): [Problem | null, (problem: Problem | null) => void] {
  const form = draft.use((now) => now);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => setProblem(null), [form]);
  return [problem, setProblem];
}

function Refused({ problem }: { problem: Problem }) {
  return (
    <Notice title={problem.message}>
      {problem.reasons.length > 0 && (
        <ul className="list-disc ps-5">
          {problem.reasons.map((reason) => (
            <li key={`${reason.field}${reason.message}`}>
              {reason.field}: {reason.message}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
