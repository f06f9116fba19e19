import { useState } from "react";
import { post } from "../api/client";
import type { Operations } from "../api/types";
import { count } from "../lib/format";
import { ActionButton } from "./ActionButton";
import { t } from "../i18n";

/** Failures by error code; once the cause is fixed, the jobs can be retried. */
export function Failures({ operations }: { operations: Operations }) {
  const { failures, since } = operations;
  const [outcome, setOutcome] = useState(""); // kept here, as the row disappears when its jobs are retried
  const retry = async (code: string) => {
    setOutcome(await redrive(code, since));
    return "";
  };
  return (
    <>
      {failures.length === 0 && <p className="text-soft">{t("No failed jobs.")}</p>}
      <ul>
        {failures.map(({ code, jobs }) => (
          <li
            key={code}
            className="flex flex-wrap items-center justify-between gap-3 border-b border-rule py-2 text-sm"
          >
            <span>
              <a className="figures underline decoration-rule underline-offset-4" href={`/docs#${code}`}>
                {code}
              </a>{" "}
              <span className="text-soft">{count(jobs, "job")}</span>
            </span>
            <ActionButton
              label={t("Retry")}
              sure={t("Retry {count}", { count: count(jobs, "job") })}
              act={() => retry(code)}
            />
          </li>
        ))}
      </ul>
      <p role="status" className="text-sm text-soft">
        {outcome}
      </p>
    </>
  );
}

async function redrive(code: string, since: string): Promise<string> {
  const { jobs } = await post<{ jobs: string[] }>("/jobs/redrive", { code, since });
  return jobs.length ? t("{count} retried.", { count: count(jobs.length, "job") }) : t("None of them can be retried.");
}
