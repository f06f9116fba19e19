import { useEffect, useRef, useState } from "react";
import { Problem } from "../api/client";
import type { Verification } from "../api/types";
import { size } from "../lib/format";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { FileZone } from "../ui/FileZone";
import { Notice } from "../ui/Notice";
import { Progress } from "../ui/Progress";
import { ReportSection } from "./ReportSection";
import { MEANINGS, VERDICTS, facts, verify } from "./verification";
import { t } from "../i18n";

interface Running {
  name: string;
  sent: number;
  stop: () => void;
}

export const VerifyPage = () => <FilePage key="verify" isReport={false} />;
export const ReportPage = () => <FilePage key="report" isReport />;

/** The public pages: whether a file was made here, and the form that reports a video. */
function FilePage({ isReport }: { isReport: boolean }) {
  const [file, setFile] = useState<File | null>(null);
  const [found, setFound] = useState<Verification | null>(null);
  const [running, setRunning] = useState<Running | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  usePageTitle(isReport ? t("Report a video") : t("Verify a file"));
  const check = async (chosen: File) => {
    const control = new AbortController();
    const note = (sent: number) => setRunning({ name: chosen.name, sent, stop: () => control.abort() });
    setFile(chosen);
    setFound(null);
    setProblem(null);
    note(0);
    try {
      setFound(await verify(chosen, note, control.signal));
    } catch (refused) {
      if (!(refused instanceof Problem)) throw refused;
      if (refused.code !== "CANCELLED") setProblem(refused);
    } finally {
      setRunning(null);
    }
  };
  const busy = running !== null;
  return (
    <div className="mx-auto max-w-3xl space-y-6">
      <header className="border-b-2 border-ink pb-3">
        <h1 className="text-2xl font-semibold tracking-tight">
          {isReport ? t("Report a video") : t("Was it made here?")}
        </h1>
        <p className="mt-2 max-w-[62ch] text-soft">
          {isReport
            ? t("Drop the video, or give its address below. The file itself is not kept, only what recognises it.")
            : t(
                "Drop a video, a recording or a picture. You see whether this server made it, when, with which models, and whether it was changed since. You never see whose it is. The file is not kept.",
              )}
        </p>
      </header>
      <FileZone
        label={isReport ? t("The video to report") : t("A file to verify")}
        accept="video/*,audio/*,image/*"
        busy={busy}
        onFile={(chosen) => void check(chosen)}
        className="px-6 py-10 text-center"
      >
        <p className="text-lg">{file ? file.name : t("Drop a file anywhere on this page, or choose one")}</p>
        <p className="figures mt-1 text-sm text-soft">
          {file ? t("{size} · choose another file", { size: size(file.size) }) : t("You can also paste it.")}
        </p>
      </FileZone>
      {running && (
        <Progress
          share={running.sent}
          label={
            running.sent < 1
              ? t("Sending {name}", { name: running.name })
              : t("Examining {name}", { name: running.name })
          }
          onCancel={running.stop}
        />
      )}
      {problem && (
        <Notice title={problem.message}>
          {file && <Button onClick={() => void check(file)}>{t("Try again")}</Button>}
        </Notice>
      )}
      {found && <Verdict key={found.sha256} found={found} />}
      <ReportSection file={file} open={isReport} disabled={busy} />
    </div>
  );
}

const TONES: Partial<Record<Verification["verdict"], string>> = { ours: "border-ink", altered: "border-danger" };

function Verdict({ found }: { found: Verification }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { title, mark } = VERDICTS[found.verdict];
  return (
    <section
      aria-label={t("Result")}
      data-verdict={found.verdict}
      className={`appear border-s-4 bg-sheet p-5 sm:p-6 ${TONES[found.verdict] ?? "border-soft"}`}
    >
      <h2
        ref={heading}
        tabIndex={-1}
        className="flex items-baseline gap-3 text-xl font-semibold tracking-tight outline-none"
      >
        <span aria-hidden className="figures">
          {mark}
        </span>
        {title}
      </h2>
      <p className="mt-2">{found.message}</p>
      <p className="mt-1 text-soft">{MEANINGS[found.verdict]}</p>
      <dl className="mt-5">
        {facts(found).map(([name, value]) => (
          <div key={name} className="grid gap-x-6 border-t border-rule py-2 sm:grid-cols-[10rem_1fr]">
            <dt className="text-soft">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
        <div className="grid gap-x-6 border-y border-rule py-2 sm:grid-cols-[10rem_1fr]">
          <dt className="text-soft">SHA-256</dt>
          <dd className="figures min-w-0 text-sm break-all">{found.sha256}</dd>
        </div>
      </dl>
    </section>
  );
}
