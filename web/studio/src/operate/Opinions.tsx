import type { Analytics } from "../api/types";
import { count, date } from "../lib/format";
import { PROBLEMS } from "../watch/names";
import { Bar } from "./Bar";

/** What owners said about their videos. */
export function Opinions({ feedback }: { feedback: Analytics["feedback"] }) {
  const { ratings, score, scores, problems, comments } = feedback;
  if (!ratings && !comments.length) return <p className="text-soft">No feedback yet.</p>;
  const most = Math.max(1, ...scores);
  return (
    <div className="space-y-4">
      {score !== null && <p className="text-sm"><span className="figures text-xl">{score.toFixed(1)}</span> of 5, {count(ratings, "rating")}</p>}
      <ul>{scores.map((number, index) => <Bar key={index} name={count(index + 1, "point")} value={number} most={most}>{number}</Bar>).reverse()}</ul>
      {problems.length > 0 && <p className="text-sm">What was wrong: {problems.map((one) => `${PROBLEMS[one.problem] ?? one.problem} (${one.count})`).join(", ")}</p>}
      {comments.length > 0 && (
        <ul className="max-h-64 overflow-y-auto" tabIndex={0} aria-label="Comments">
          {comments.map((one) => (
            <li key={one.job_id} className="border-b border-rule py-2 text-sm">
              <p className="break-words whitespace-pre-wrap">{one.words}</p>
              <p className="caption">{one.score} of 5 · {date(one.at)} · <span className="figures">{one.job_id}</span></p>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
