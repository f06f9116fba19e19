import type { Analytics } from "../api/types";
import { count, date } from "../lib/format";
import { PROBLEMS } from "../watch/names";
import { Bar } from "./Bar";
import { number, t } from "../i18n";

/** What owners said about their videos. */
export function Opinions({ feedback }: { feedback: Analytics["feedback"] }) {
  const { ratings, score, scores, problems, comments } = feedback;
  if (!ratings && !comments.length) return <p className="text-soft">{t("No feedback yet.")}</p>;
  const most = Math.max(1, ...scores);
  return (
    <div className="space-y-4">
      {score !== null && (
        <p className="text-sm">
          <span className="figures text-xl">{number(score, 1)}</span>{" "}
          {t("of 5, {count}", { count: count(ratings, "rating") })}
        </p>
      )}
      <ul>
        {scores
          .map((number, index) => (
            <Bar key={index} name={count(index + 1, "point")} value={number} most={most}>
              {number}
            </Bar>
          ))
          .reverse()}
      </ul>
      {problems.length > 0 && (
        <p className="text-sm">
          {t("What was wrong:")}{" "}
          {problems.map((one) => `${PROBLEMS[one.problem] ?? one.problem} (${one.count})`).join(", ")}
        </p>
      )}
      {comments.length > 0 && (
        <ul className="max-h-64 overflow-y-auto" tabIndex={0} aria-label={t("Comments")}>
          {comments.map((one) => (
            <li key={one.job_id} className="border-b border-rule py-2 text-sm">
              <p className="break-words whitespace-pre-wrap">{one.words}</p>
              <p className="caption">
                {t("{score} of 5", { score: one.score })} · {date(one.at)} ·{" "}
                <span className="figures">{one.job_id}</span>
              </p>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
