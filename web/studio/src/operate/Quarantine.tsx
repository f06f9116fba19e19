import { post, remove } from "../api/client";
import type { Quarantined } from "../api/types";
import { size, time } from "../lib/format";
import { ActionButton } from "./ActionButton";
import { t } from "../i18n";

export function Quarantine({ files }: { files: readonly Quarantined[] }) {
  if (!files.length) return <p className="text-soft">{t("No quarantined files.")}</p>;
  return (
    <ul className="max-h-96 overflow-y-auto" tabIndex={0} aria-label={t("Quarantined files")}>
      {files.map((file) => (
        <li key={file.id} className="space-y-2 border-b border-rule py-3 text-sm">
          <p className="flex justify-between gap-3">
            <span className="truncate font-medium">{file.name}</span>
            <span className="figures text-soft">
              {size(file.bytes)} · {time(file.refused_at)}
            </span>
          </p>
          <p>
            {file.reason} <span className="figures text-soft">{file.code}</span>
          </p>
          <p className="flex flex-wrap gap-3">
            <ActionButton
              label={t("Approve")}
              sure={t("Re-encode and release")}
              act={() => post<void>(`/quarantine/${file.id}/release`, {})}
            />
            <ActionButton
              label={t("Delete")}
              sure={t("Delete permanently")}
              act={() => remove(`/quarantine/${file.id}`)}
            />
          </p>
        </li>
      ))}
    </ul>
  );
}
