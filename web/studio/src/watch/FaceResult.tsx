import { useMemo, useState } from "react";
import { useFile } from "../job/files";
import type { Job } from "../job/view";
import { useJson } from "../lib/json";
import { Check } from "../ui/Check";
import { Result } from "./Result";
import { meshLines } from "./mesh";
import { number, t } from "../i18n";

interface FaceSheet {
  simulated?: boolean;
  crop?: [number, number];
  points?: [number, number, number][];
  pose?: { yaw: number; pitch: number; roll: number };
  flags?: string[];
}

/** Messages for what is not ideal about a picture. */
const FLAGS: Record<string, string> = {
  bystanders: t("Smaller faces in the background were ignored."),
  extended: t("The picture was too narrow for this format, so its edges were extended."),
  straightened: t("The head was tilted and has been straightened."),
  turned: t("The face is turned slightly to the side."),
  small: t("The face has few pixels, so it will look soft. A closer picture gives a sharper video."),
  soft: t("The face is out of focus."),
  upside_down: t("The picture was rotated upright."),
};

const POSE = { yaw: t("Turned"), pitch: t("Nodding"), roll: t("Tilted") };

/** The cropped face, with the mesh that is animated. */
export function FaceResult({ job }: { job: Job }) {
  const crop = useFile(job, "face-crop.png");
  const sheet = useJson<FaceSheet>(useFile(job, "face-face.json"));
  const [mesh, setMesh] = useState(true);
  if (!crop) return null;
  const points = sheet?.points ?? [];
  const pose = sheet?.pose;
  return (
    <Result
      title={t("Face")}
      aside={points.length ? t("{length} points", { length: points.length }) : sheet?.simulated ? t("simulated") : ""}
    >
      <div className="flex flex-wrap items-start gap-5">
        <div className="relative w-fit overflow-hidden bg-black">
          <img src={crop} alt={t("The framed face")} className="h-96 w-auto" />
          {mesh && sheet?.crop && <Mesh points={points} size={sheet.crop} />}
        </div>
        <div className="min-w-40 flex-1 basis-40 text-sm">
          {points.length > 0 && (
            <Check checked={mesh} onChange={setMesh}>
              {t("Show the mesh")}
            </Check>
          )}
          {pose && (
            <dl className="text-soft">
              {(["yaw", "pitch", "roll"] as const).map((axis) => (
                <div key={axis} className="flex justify-between border-b border-rule py-1">
                  <dt>{POSE[axis]}</dt>
                  <dd className="figures">{number(pose[axis], 1)}°</dd>
                </div>
              ))}
            </dl>
          )}
          {(sheet?.flags ?? []).map((flag) => (
            <p key={flag} className="mt-3 max-w-[34ch]">
              {FLAGS[flag] ?? flag.replaceAll("_", " ")}
            </p>
          ))}
        </div>
      </div>
    </Result>
  );
}

function Mesh({ points, size: [width, height] }: { points: [number, number, number][]; size: [number, number] }) {
  const lines = useMemo(() => {
    const at = (index: number) =>
      points[index]!.slice(0, 2)
        .map((place) => place.toFixed(1))
        .join(" ");
    return meshLines(points)
      .map(([from, to]) => `M${at(from)}L${at(to)}`)
      .join("");
  }, [points]);
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      className="absolute inset-0 size-full"
      aria-hidden
      data-mesh={points.length}
    >
      <path
        d={lines}
        className="fill-none stroke-white"
        strokeWidth={0.6}
        strokeOpacity={0.75}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
