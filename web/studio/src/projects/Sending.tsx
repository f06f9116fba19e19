import { useEffect, useRef, useState } from "react";
import { Problem } from "../api/client";
import { t } from "../i18n";
import { Notice } from "../ui/Notice";
import { Progress } from "../ui/Progress";
import { type Role, sendTo } from "./sending";

interface Now {
  file: File;
  share: number;
  waits: boolean;
}

export interface SendingState {
  now: Now | null;
  refused: { file: File; problem: Problem } | null;
  send: (role: Role, file: File, more?: Record<string, string>) => void;
  stop: () => void;
}

/** Send files of a project one at a time; what is on its way ends with the page. */
export function useSending(id: string): SendingState {
  const [now, setNow] = useState<Now | null>(null);
  const [refused, setRefused] = useState<SendingState["refused"]>(null);
  const control = useRef<AbortController | null>(null);
  useEffect(() => () => control.current?.abort(), []);
  const send = async (role: Role, file: File, more: Record<string, string> = {}) => {
    control.current?.abort();
    const { signal } = (control.current = new AbortController());
    setRefused(null);
    setNow({ file, share: 0, waits: false });
    try {
      await sendTo(id, role, file, more, ({ sent, waits }) => setNow({ file, share: sent, waits }), signal);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.code !== "CANCELLED") setRefused({ file, problem });
    } finally {
      if (control.current?.signal === signal) setNow(null);
    }
  };
  return { now, refused, send: (...sent) => void send(...sent), stop: () => control.current?.abort() };
}

/** What is being sent, or why the last file was refused. */
export function Sending({ sending: { now, refused, stop } }: { sending: SendingState }) {
  if (now) return <Progress share={now.share} label={label(now)} onCancel={stop} />;
  if (!refused) return null;
  const { file, problem } = refused;
  return (
    <Notice title={t("The file was refused: {name}", { name: file.name })}>
      <ul>
        {(problem.reasons.length ? problem.reasons : [problem]).map(({ message }) => (
          <li key={message}>{message}</li>
        ))}
      </ul>
    </Notice>
  );
}

function label({ file: { name }, share, waits }: Now): string {
  if (waits) return t("Waiting for the connection to send {name}", { name });
  return share < 1 ? t("Sending {name}", { name }) : t("Checking {name}", { name });
}
