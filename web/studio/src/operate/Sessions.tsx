import { post } from "../api/client";
import type { OperateOverview } from "../api/types";
import { size, time } from "../lib/format";
import { ActionButton } from "./ActionButton";
import { rich, t } from "../i18n";

export function Sessions({ sessions }: { sessions: OperateOverview["sessions"] }) {
  return (
    <div>
      <p className="mb-3 text-sm">
        {rich("{active} of {most} open.", {
          active: <span className="figures">{sessions.active_sessions}</span>,
          most: <span className="figures">{sessions.max_sessions}</span>,
        })}
      </p>
      <ul>
        {sessions.sessions.map((session) => (
          <li
            key={session.session_id}
            className="flex flex-wrap items-center justify-between gap-3 border-b border-rule py-2 text-sm"
          >
            <span className="min-w-40 flex-1 truncate">
              {session.user_id} <span className="figures text-soft">{session.session_id.slice(0, 8)}</span>
            </span>
            <span className="figures text-soft">
              {session.working ? `${t("in use")} · ` : ""}
              {t("{size} · seen {time}", { size: size(session.storage_bytes), time: time(session.seen_at) })}
            </span>
            <ActionButton
              label={t("End")}
              sure={t("End and delete files")}
              act={() => post<void>(`/session/${session.session_id}/end`, {})}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
