import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { post, upload } from "../api/client";
import type { Uploaded } from "../api/types";
import { language, t } from "../i18n";
import { load } from "../job/store";
import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { randomId } from "../lib/random";
import { ensureSession, leaveIfEnded, refresh } from "../live/session";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { promptOf } from "../make/prompts";

const PICTURE = "/static/sample/face.jpg";

/** Make a video of the built-in picture and voice, without an upload. */
export function TryIt({ children }: { children: ReactNode }) {
  const trial = useMutation({ mutationFn: startSample, onSuccess: (job) => go(paths.video(job)) });
  return (
    <div className="space-y-3">
      <p className="flex flex-wrap items-center gap-x-4 gap-y-3">
        {children}
        <Button
          className="min-h-13 px-6 text-base"
          aria-disabled={trial.isPending}
          onClick={() => trial.isPending || trial.mutate()}
        >
          {trial.isPending ? t("Starting") : t("Try it with a sample")}
        </Button>
        <span className="text-sm text-soft">{t("One click, no upload.")}</span>
      </p>
      {trial.error && <Notice title={trial.error.message} />}
    </div>
  );
}

/** Start a video of one scene; an ended session is left once for a new one. */
async function startSample(): Promise<string> {
  try {
    return await start();
  } catch (problem) {
    if (!leaveIfEnded(problem)) throw problem;
    return start();
  }
}

async function start(): Promise<string> {
  const session_id = await ensureSession();
  const face_upload_id = await samplePicture(session_id);
  const [first = "", second = ""] = promptOf(language).split(/(?<=[.!?。])\s*/);
  const options = { script: `${first} ${second}`.trim(), language, aspect_ratio: "1:1", height: 480 };
  const request = { session_id, face_upload_id, ...options };
  const { job_id } = await post<{ job_id: string }>("/process/start", request, { "Idempotency-Key": randomId() });
  await load(job_id);
  void refresh().catch(() => undefined);
  return job_id;
}

async function samplePicture(session_id: string): Promise<string> {
  const bytes = await (await fetch(PICTURE)).blob();
  const file = new File([bytes], "sample.jpg", { type: "image/jpeg" });
  return (await upload<Uploaded>("/upload/face", { session_id }, file)).upload_id;
}
