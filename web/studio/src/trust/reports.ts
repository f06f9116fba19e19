import { sendFile } from "../api/sendFile";
import { read, send } from "../api/http";
import type { NewReport, ReportState } from "../api/types";
import { t } from "../i18n";

export const KINDS: { value: ReportState["kind"]; label: string }[] = [
  { value: "shows_me", label: t("It shows me") },
  { value: "my_voice", label: t("It is my voice") },
  { value: "other", label: t("Something else") },
];

export const STATES: Record<ReportState["state"], string> = {
  open: t("Open: operators have not decided yet"),
  withdrawn: t("Withdrawn: the video can no longer be opened here"),
  rejected: t("Closed without a withdrawal"),
};

/** Report a video by its file or a link; the answer has the secret that shows its state. */
export async function sendReport(
  fields: Record<string, string>,
  file: File | null,
  onProgress: (share: number) => void,
): Promise<NewReport> {
  const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
  return (await sendFile<NewReport>("/api/reports", filled, file, onProgress)).body;
}

/** Get the state of a report. The secret travels in a header, so that no log has it. */
export async function reportState(id: string, token: string): Promise<ReportState> {
  const answer = await send(`/api/reports/${encodeURIComponent(id)}/state`, { headers: { "X-Report-Token": token } });
  if (!answer.ok) throw await read(answer);
  return (await answer.json()) as ReportState;
}
