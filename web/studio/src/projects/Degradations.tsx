import { t } from "../i18n";
import { PARTS } from "./names";
import type { Degraded } from "./plan";

/** What was made in a simpler way than it could be, and why. */
export function Degradations({ degraded }: { degraded: readonly Degraded[] }) {
  if (!degraded.length) return null;
  return (
    <section
      aria-label={t("Made in a simpler way")}
      className="border-s-4 border-warning bg-warning-wash px-4 py-2 text-small"
    >
      <h3 className="font-medium">{t("Made in a simpler way")}</h3>
      <ul>
        {degraded.map(({ part, code, reason }) => (
          <li key={part + code} data-degraded={code}>
            <span className="font-medium">{PARTS[part] ?? part}:</span> {reason}
          </li>
        ))}
      </ul>
    </section>
  );
}
