import { useState } from "react";
import { Problem } from "../api/client";
import { leaveIfEnded } from "../live/session";
import { go } from "../lib/route";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Estimate } from "./Estimate";
import { chosen } from "./chosen";
import { draft } from "./draft";
import { start } from "./start";
import { usePending, useAcceptedUpload } from "./uploads";
import { useUnusable } from "./verdict";

/** What is missing before the video can be started; empty if nothing. */
function useMissingInput(): string {
  const now = draft.use((d) => d);
  const kept = chosen.use((now) => now);
  const face = useAcceptedUpload("face") ?? kept.face;
  const voice = useAcceptedUpload("voice") ?? kept.voice;
  if (!face) return "a face";
  if (now.source === "script" && !now.script.trim()) return "a script";
  if (now.source === "topic" && !now.topic.trim()) return "a topic";
  if ((now.source === "recording" || now.matchVoice) && !voice) return "a voice";
  return "";
}

export function SummaryPanel() {
  const missing = useMissingInput();
  const unusable = useUnusable();
  const pending = usePending();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async () => {
    setBusy(true);
    setProblem(null);
    try {
      go(`#watch/${await start()}`);
    } catch (refused) {
      if (!(refused instanceof Problem)) throw refused;
      if (!leaveIfEnded(refused)) setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-label="Before the start" className="border-t-2 border-cue bg-sheet px-4 pt-3 pb-5 sm:px-6">
      <Estimate />
      {problem && (
        <Notice title={problem.message}>
          {problem.reasons.length > 0 && (
            <ul className="list-disc pl-5">
              {problem.reasons.map((reason) => (
                <li key={`${reason.field}${reason.message}`}>{reason.field}: {reason.message}</li>
              ))}
            </ul>
          )}
        </Notice>
      )}
      <div className="mt-4 space-y-3">
        <Button variant="cue" className="min-h-13 w-full px-8 text-base" disabled={busy || pending !== "" || missing !== "" || unusable !== ""} onClick={() => void submit()}>
          {busy ? "Starting" : "Make the video"}
        </Button>
        {pending && <p className="text-center text-sm text-soft">Checking {pending}.</p>}
        {!pending && missing && <p className="text-center text-sm text-soft">Still needed: {missing}.</p>}
        {!pending && !missing && unusable && <p className="text-center text-sm text-soft">{unusable}</p>}
      </div>
    </section>
  );
}
