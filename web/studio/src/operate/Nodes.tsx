import { post } from "../api/client";
import type { Worker } from "../api/types";
import { size } from "../lib/format";
import { STAGES } from "../watch/names";
import { ActionButton } from "./ActionButton";
import { rich, t } from "../i18n";

/** Every worker: node, current task and loaded models. */
export function Nodes({ workers }: { workers: readonly Worker[] }) {
  if (!workers.length) {
    return (
      <p className="hatched border border-rule px-4 py-8 text-center">
        <span className="bg-sheet px-3 py-1">
          {rich("No live workers. Start one with {command}.", {
            command: <code className="figures">python -m gpu_worker lite</code>,
          })}
        </span>
      </p>
    );
  }
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={t("Nodes")}>
      <table className="w-full min-w-[44rem] text-start text-sm">
        <thead>
          <tr className="caption border-b border-ink">
            {[
              t("Node"),
              t("Environment"),
              t("Device"),
              t("Memory"),
              t("Current task"),
              t("Loaded models"),
              t("Actions"),
            ].map((name) => (
              <th key={name} scope="col" className="py-2 pe-4 font-normal">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <Node key={worker.name} worker={worker} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Node({ worker }: { worker: Worker }) {
  const able = worker.engines.filter((engine) => engine.ok).length;
  return (
    <tr className="border-b border-rule align-top">
      <th scope="row" className="figures py-3 pe-4 font-normal">
        {worker.name}
      </th>
      <td className="py-3 pe-4">
        {worker.environment}{" "}
        <span className="text-soft">· {t("{able} of {all} engines", { able, all: worker.engines.length })}</span>
      </td>
      <td className="py-3 pe-4">{worker.device}</td>
      <td className="figures py-3 pe-4">
        {size(worker.memory_mb * 1e6)}
        {worker.memory_limit_mb ? <span className="text-soft"> / {size(worker.memory_limit_mb * 1e6)}</span> : null}
      </td>
      <td className="py-3 pe-4">
        {worker.doing ? (
          <CurrentTask task={worker.doing} />
        ) : (
          <span className="text-soft">{worker.draining ? t("drained") : t("idle")}</span>
        )}
      </td>
      <td className="py-3 pe-4 text-soft">{worker.warm.join(", ") || "–"}</td>
      <td className="py-2">
        {worker.draining ? (
          <ActionButton label={t("Resume")} act={() => send(worker, "resume")} />
        ) : (
          <ActionButton label={t("Drain")} sure={t("Yes, after its task")} act={() => send(worker, "drain")} />
        )}
      </td>
    </tr>
  );
}

const send = (worker: Worker, what: string) => post<void>(`/workers/${encodeURIComponent(worker.name)}/${what}`, {});

/** The current task, whose id is JOB.ATTEMPT.STAGE.SCENE. */
function CurrentTask({ task }: { task: string }) {
  const [job, , stage, scene] = task.split(".");
  return (
    <span className="inline-flex items-center gap-2">
      <span aria-hidden className="size-2 rounded-full bg-danger" />
      {STAGES[stage ?? ""] ?? stage ?? task}
      {scene && /^\d+$/.test(scene) ? `, ${t("scene {number}", { number: Number(scene) + 1 })}` : ""}
      <span className="figures text-soft">{job?.slice(0, 8)}</span>
    </span>
  );
}
