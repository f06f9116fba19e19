import type { Operations } from "../api/types";
import { Bar } from "./Bar";

export function Failures({ operations }: { operations: Operations }) {
  const { failures } = operations;
  if (!failures.length) return <p className="text-soft">No job has failed.</p>;
  const most = Math.max(...failures.map((failure) => failure.jobs));
  return (
    <ul>
      {failures.map((failure) => (
        <Bar key={failure.code} value={failure.jobs} most={most} name={<a className="figures text-xs underline underline-offset-4" href={`/docs#${failure.code}`}>{failure.code}</a>}>{failure.jobs}</Bar>
      ))}
    </ul>
  );
}
