import { post } from "../api/client";
import { size, time } from "../lib/format";
import { ActionButton } from "./ActionButton";
import { overview } from "./overview";

export function Sessions() {
  const { active, most, list } = overview.use((now) => now.sessions);
  return (
    <div>
      <p className="mb-3 text-sm"><span className="figures">{active}</span> of <span className="figures">{most}</span> open.</p>
      <ul>
        {list.map((session) => (
          <li key={session.session_id} className="flex flex-wrap items-center justify-between gap-3 border-b border-rule py-2 text-sm">
            <span className="min-w-40 flex-1 truncate">{session.user_id} <span className="figures text-soft">{session.session_id.slice(0, 8)}</span></span>
            <span className="figures text-soft">{session.working ? "in use · " : ""}{size(session.storage_bytes)} · seen {time(session.seen_at)}</span>
            <ActionButton label="End" sure="End and delete files" act={() => post<void>(`/session/${session.session_id}/end`, {})} />
          </li>
        ))}
      </ul>
    </div>
  );
}
