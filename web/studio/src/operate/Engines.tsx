import type { Operations } from "../api/types";
import { duration } from "../lib/format";
import { STAGES } from "../watch/names";
import { t } from "../i18n";

/** What each engine computed in this period, and how often results were reused. */
export function Engines({ operations }: { operations: Operations }) {
  const { engines } = operations;
  if (!engines.length) return <p className="text-soft">{t("No stage has run.")}</p>;
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={t("Engine statistics")}>
      <table className="w-full min-w-[34rem] text-start text-sm">
        <thead>
          <tr className="caption border-b border-ink">
            {[t("Stage"), t("Engine"), t("Computed"), t("Reused"), t("Median"), "90 %"].map((name) => (
              <th key={name} scope="col" className="py-2 pe-4 font-normal">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {engines.map((engine) => (
            <tr key={engine.stage + engine.engine} className="border-b border-rule">
              <th scope="row" className="py-2 pe-4 font-normal">
                {STAGES[engine.stage]}
              </th>
              <td className="figures py-2 pe-4">{engine.engine}</td>
              <td className="figures py-2 pe-4">{engine.computed}</td>
              <td className="figures py-2 pe-4">{engine.found}</td>
              <td className="figures py-2 pe-4">{seconds(engine.p50_seconds)}</td>
              <td className="figures py-2">{seconds(engine.p90_seconds)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const seconds = (value: number | null | undefined) => (value == null ? "–" : duration(value));
