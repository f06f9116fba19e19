import { useState } from "react";
import { useFile } from "../job/files";
import type { Job } from "../job/view";
import { Result } from "./Result";
import { t } from "../i18n";

/** The still before and after its enhancement, to compare with a slider. */
export function StillResult({ job }: { job: Job }) {
  const raw = useFile(job, "face-crop.png");
  const enhanced = useFile(job, "enhance-still.png");
  const [share, setShare] = useState(50);
  if (!raw || !enhanced) return null;
  return (
    <Result title={t("Still")} aside={t("drag to compare")}>
      <div className="relative w-fit overflow-hidden bg-black has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ink">
        <img src={enhanced} alt={t("The sharpened still")} className="h-96 w-auto" />
        <img
          src={raw}
          alt=""
          className="absolute inset-0 size-full object-cover"
          style={{ clipPath: `inset(0 ${100 - share}% 0 0)` }}
        />
        <span
          aria-hidden
          className="absolute inset-y-0 w-0.5 -translate-x-1/2 bg-white shadow"
          style={{ left: `${share}%` }}
        >
          <span className="absolute top-1/2 left-1/2 grid size-9 -translate-1/2 place-items-center rounded-full bg-white text-black shadow">
            ⇔
          </span>
        </span>
        <Tag side="left-2">{t("Before")}</Tag>
        <Tag side="right-2">{t("After")}</Tag>
        <input
          type="range"
          min={0}
          max={100}
          value={share}
          onChange={(event) => setShare(Number(event.target.value))}
          aria-label={t("How much of the raw picture shows")}
          className="absolute inset-0 size-full cursor-ew-resize opacity-0"
        />
      </div>
    </Result>
  );
}

function Tag({ side, children }: { side: string; children: string }) {
  return (
    <span aria-hidden className={`absolute bottom-2 bg-black/70 px-1.5 py-0.5 text-xs text-white ${side}`}>
      {children}
    </span>
  );
}
