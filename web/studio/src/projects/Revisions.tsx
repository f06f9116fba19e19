import type { ProjectPlan } from "../api/types";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { useRestore } from "./projects";

interface Revision {
  revision: number;
  why: string;
}

/** Every revision of a plan, newest first; an earlier one can be made the latest again. */
export function Revisions({ id, report, editable }: { id: string; report: ProjectPlan; editable: boolean }) {
  const restore = useRestore(id);
  const revisions = [...(report.revisions as unknown as Revision[])].reverse();
  const before = revisions[1];
  return (
    <div className="space-y-3">
      {editable && before && (
        <Button
          aria-disabled={restore.isPending}
          onClick={() => {
            if (!restore.isPending) restore.mutate(before.revision);
          }}
        >
          {t("Undo the last change")}
        </Button>
      )}
      {restore.error && <Notice title={restore.error.message} />}
      {revisions.length > 1 && (
        <details className="border-b border-rule">
          <summary className="min-h-11 content-center font-medium">{t("All revisions")}</summary>
          <ol className="pb-3 text-small">
            {revisions.map(({ revision, why }) => (
              <li key={revision} className="flex items-baseline justify-between gap-4 border-t border-rule py-1">
                <span className="min-w-0 wrap-anywhere">
                  <span className="figures text-soft">{revision}</span> {why}
                </span>
                {editable && revision !== report.revision && (
                  <Button
                    variant="quiet"
                    aria-label={t("Restore revision {revision}", { revision })}
                    onClick={() => restore.mutate(revision)}
                  >
                    {t("Restore")}
                  </Button>
                )}
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}
