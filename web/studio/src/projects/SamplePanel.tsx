import { type ReactNode, useState } from "react";
import type { Project, ProjectFile } from "../api/types";
import { t } from "../i18n";
import { size } from "../lib/format";
import { Button } from "../ui/Button";
import { Check } from "../ui/Check";
import { FileZone } from "../ui/FileZone";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { TextField } from "../ui/TextField";
import { Sending, useSending } from "./Sending";
import { useAnalysis } from "./projects";
import type { Role } from "./sending";

/** The files of a project: the sample that it follows, and what may be added to it. */
export function SamplePanel({ project, busy }: { project: Project; busy: boolean }) {
  const analysis = useAnalysis(project.id);
  const sending = useSending(project.id);
  const again = project.facts !== null;
  return (
    <Panel title={t("Sample video")} aside={t("MP4, MOV or WebM, at most 60 s")}>
      <div className="space-y-4">
        {project.sample ? <Sample file={project.sample} warnings={project.warnings} /> : null}
        {!busy && (
          <FileZone
            label={t("A sample video")}
            accept="video/mp4,video/quicktime,video/webm,.mp4,.mov,.webm"
            busy={sending.now !== null}
            onFile={(file) => sending.send("sample", file)}
            className={`px-6 text-center ${project.sample ? "py-4" : "py-10"}`}
          >
            <p className={project.sample ? "text-soft" : "text-lg"}>
              {project.sample
                ? t("Use another sample video")
                : t("Drop a short video that you like here, or choose one")}
            </p>
          </FileZone>
        )}
        <Sending sending={sending} />
        {project.sample && !busy && (
          <>
            <Extras project={project} send={sending.send} />
            <div className="flex flex-wrap items-center gap-4">
              <Button
                variant={again ? "plain" : "primary"}
                aria-disabled={analysis.isPending || sending.now !== null}
                onClick={() => {
                  if (!analysis.isPending && !sending.now) analysis.mutate();
                }}
              >
                {again ? t("Analyse again") : t("Analyse and plan")}
              </Button>
              {again && (
                <p className="text-small text-soft">{t("A new analysis makes a new plan; earlier ones stay.")}</p>
              )}
            </div>
          </>
        )}
        {analysis.error && <Notice title={analysis.error.message} />}
      </div>
    </Panel>
  );
}

function Sample({ file, warnings }: { file: ProjectFile; warnings: string[] }) {
  return (
    <div className="flex flex-wrap items-start gap-4">
      <video
        controls
        playsInline
        preload="metadata"
        src={file.url}
        aria-label={t("The sample video")}
        className="max-h-64 w-36 bg-black object-contain"
      />
      <div className="min-w-0 flex-1 text-small">
        <p className="font-medium wrap-anywhere">{file.original_name}</p>
        <p className="figures text-soft">{size(file.bytes ?? 0)}</p>
        {warnings.map((warning) => (
          <p key={warning} className="mt-2 border-s-4 border-warning bg-warning-wash px-3 py-2">
            {warning}
          </p>
        ))}
      </div>
    </div>
  );
}

interface ExtrasProps {
  project: Project;
  send: (role: Role, file: File, more?: Record<string, string>) => void;
}

/** What makes the video one's own: a character, music, and a voice. */
function Extras({ project, send }: ExtrasProps) {
  const [subject, setSubject] = useState("");
  const [agreed, setAgreed] = useState(false);
  const [label, setLabel] = useState("");
  return (
    <details className="border-y border-rule">
      <summary className="min-h-11 content-center font-medium">{t("Character, music and voice (optional)")}</summary>
      <div className="grid gap-6 pb-4 md:grid-cols-3">
        <Extra title={t("Character")} file={project.character}>
          <TextField name="label" label={t("Name of the character")} value={label} maxLength={80} onChange={setLabel} />
          <Pick
            label={t("Choose a picture")}
            accept="image/*"
            onFile={(file) => send("character", file, label.trim() ? { label: label.trim() } : {})}
          />
        </Extra>
        <Extra title={t("Music")} file={project.track}>
          <Pick label={t("Choose a track")} accept="audio/*" onFile={(file) => send("music", file)} />
        </Extra>
        <Extra title={t("Voice to speak like")} file={project.voice}>
          <TextField
            name="subject"
            label={t("Person who speaks")}
            value={subject}
            maxLength={200}
            onChange={setSubject}
          />
          <Check checked={agreed} onChange={setAgreed}>
            {t("This person has agreed to the use of the voice.")}
          </Check>
          <Pick
            label={t("Choose a recording")}
            accept="audio/*"
            disabled={!agreed || !subject.trim()}
            onFile={(file) => send("voice", file, { subject: subject.trim() })}
          />
        </Extra>
      </div>
    </details>
  );
}

function Extra({ title, file, children }: { title: string; file: ProjectFile | null; children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0 space-y-3">
      <h3 className="font-medium">{title}</h3>
      {file && (
        <p className="text-small wrap-anywhere">
          {file.label ? `${file.label}: ` : ""}
          {file.original_name}
        </p>
      )}
      {children}
    </section>
  );
}

/** A button that opens the choice of a file. */
function Pick({
  label,
  accept,
  disabled = false,
  onFile,
}: {
  label: string;
  accept: string;
  disabled?: boolean;
  onFile: (file: File) => void;
}) {
  return (
    <label
      className={`relative inline-flex min-h-11 items-center rounded-[3px] border border-ink/70 px-4 text-[0.9375rem] font-medium has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ink ${disabled ? "cursor-not-allowed text-soft opacity-60" : "hover:bg-ink hover:text-sheet"}`}
    >
      {label}
      <input
        type="file"
        accept={accept}
        disabled={disabled}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) onFile(file);
        }}
      />
    </label>
  );
}
