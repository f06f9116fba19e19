import { Problem } from "../api/client";
import { t } from "../i18n";
import { Notice } from "../ui/Notice";

/** Why a change was refused: another one came first, or the plan is not valid, with every reason. */
export function Problems({ error }: { error: Error }) {
  if (error instanceof Problem && error.code === "PLAN_CHANGED")
    return (
      <Notice title={t("The plan was changed elsewhere meanwhile.")}>
        {t(
          "The newest plan is shown now. Nothing of yours was overwritten; make your change again if you still want it.",
        )}
      </Notice>
    );
  const reasons = error instanceof Problem ? error.reasons : [];
  return (
    <Notice title={error.message}>
      {reasons.length > 1 && (
        <ul>
          {reasons.map(({ field, message }) => (
            <li key={`${field}${message}`}>
              {field}: {message}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
