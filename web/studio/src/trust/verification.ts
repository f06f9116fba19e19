import { sendFile } from "../api/sendFile";
import type { Verification } from "../api/types";
import { time, date } from "../lib/format";
import { STAGES } from "../watch/names";
import { t } from "../i18n";

export type Fact = [name: string, value: string];

/** What the C2PA statement of a file says; fields that a file lacks are missing. */
interface Statement {
  signed?: boolean;
  valid?: boolean;
  trusted?: boolean;
  signer?: string;
  problems?: string[];
  ai_generated?: boolean;
}

/** Each verdict as a heading, and whether the file may be called ours. */
export const VERDICTS: Record<Verification["verdict"], { title: string; mark: string }> = {
  ours: { title: t("Made here, unchanged"), mark: "✓" },
  altered: { title: t("Made here, then changed"), mark: "≠" },
  similar: { title: t("Partly like a video made here"), mark: "≈" },
  signed: { title: t("Not known here, but signed"), mark: "?" },
  unknown: { title: t("Not known here"), mark: "?" },
};

/** What a person may conclude, beyond the sentence of the server. */
export const MEANINGS: Record<Verification["verdict"], string> = {
  ours: t("Every byte is as this server made it."),
  altered: t("It may have been cut, scaled, captioned or saved again. What was changed is not known."),
  similar: t("This proves nothing: many videos may show one picture, and many may speak one text."),
  signed: t("Read below who signed it. Anyone can sign a file, with any name."),
  unknown: t("It may still be made by AI: no server can say that a file is not."),
};

/** Ask the server about a file. Nothing is kept, and no session is opened. */
export async function verify(
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Verification> {
  return (await sendFile<Verification>("/api/verify", {}, file, onProgress, signal)).body;
}

/** List what is known about a file, in the order of its importance. */
export function facts(found: Verification): Fact[] {
  const made: Fact[] = found.made_at ? [[t("Made"), `${date(found.made_at)}, ${time(found.made_at)}`]] : [];
  const engines = found.engines.map(({ stage = "", name = "" }) => `${STAGES[stage] ?? stage}: ${name}`);
  const models: Fact[] = engines.length ? [[t("Models used"), engines.join(", ")]] : [];
  return [...made, ...models, ...likeness(found), ...signature(found)];
}

function likeness({ verdict, match }: Verification): Fact[] {
  if (!match || verdict === "ours") return [];
  const share = (part: number | null) =>
    part === null ? t("could not be compared") : t("{percent} % alike", { percent: Math.round(100 * part) });
  return [
    [t("Picture"), share(match.picture)],
    [t("Sound"), share(match.sound)],
  ];
}

function signature(found: Verification): Fact[] {
  const said = found.statement as Statement;
  if (!said.signed) return [[t("Signed by"), t("no one: the file carries no signed statement")]];
  const signer = said.signer || t("an unnamed signer");
  if (!said.valid) {
    const problems: Fact[] = said.problems?.length ? [[t("Found by the check"), said.problems.join(", ")]] : [];
    return [
      [t("Signed by"), signer],
      [t("Signature"), t("broken: the file was changed after it was signed")],
      ...problems,
    ];
  }
  const own = said.trusted || found.signed_with === "operator";
  return [
    [t("Signed by"), signer],
    [
      t("Certificate"),
      own
        ? t("that of this server")
        : found.signed_with === "self-made"
          ? t("made by this server itself: it proves that the file is unchanged, not who made it")
          : t("not that of this server"),
    ],
    [t("Signature"), t("unbroken: the file is as it was signed")],
    [t("States"), said.ai_generated ? t("AI-generated") : t("not that it is AI-generated")],
  ];
}
