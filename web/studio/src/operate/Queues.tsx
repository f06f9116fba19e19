import type { Operations } from "../api/types";
import { Bar } from "./Bar";
import { rich, t } from "../i18n";

export function Queues({ operations }: { operations: Operations }) {
  const { queues, open_jobs } = operations;
  if (!queues) return <p className="text-soft">{t("Queues unknown: Redis does not answer.")}</p>;
  const most = Math.max(1, ...Object.values(queues));
  return (
    <div>
      <ul>
        {Object.entries(queues).map(([name, waiting]) => (
          <Bar key={name} name={name} value={waiting} most={most}>
            {waiting}
          </Bar>
        ))}
      </ul>
      <p className="mt-4 text-sm text-soft">
        {rich("Jobs: {running} running, {queued} queued.", {
          running: <span className="figures">{open_jobs["running"] ?? 0}</span>,
          queued: <span className="figures">{open_jobs["queued"] ?? 0}</span>,
        })}
      </p>
    </div>
  );
}
