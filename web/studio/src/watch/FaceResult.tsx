import { useState } from "react";
import { useFile } from "../job/files";
import type { Job } from "../job/view";
import { useJson } from "../lib/json";
import { Check } from "../ui/Check";
import { Result } from "./Result";

interface FaceSheet {
  simulated?: boolean;
  crop?: [number, number];
  points?: [number, number, number][];
  pose?: { yaw: number; pitch: number; roll: number };
  flags?: string[];
}

/** The face as it was framed, with the points that will move. */
export function FaceResult({ job }: { job: Job }) {
  const crop = useFile(job, "face-crop.png");
  const sheet = useJson<FaceSheet>(useFile(job, "face-face.json"));
  const [mesh, setMesh] = useState(true);
  if (!crop) return null;
  const points = sheet?.points ?? [];
  const pose = sheet?.pose;
  return (
    <Result title="Face" aside={points.length ? `${points.length} points` : sheet?.simulated ? "simulated" : ""}>
      <div className="flex flex-wrap gap-4">
        <div className="relative max-h-96 w-fit overflow-hidden bg-black">
          <img src={crop} alt="The face as it is framed" className="max-h-96" />
          {mesh && sheet?.crop && <Mesh points={points} size={sheet.crop} />}
        </div>
        <div className="min-w-40 flex-1">
          {points.length > 0 && <Check checked={mesh} onChange={setMesh}>Show the points</Check>}
          {pose && (
            <dl className="figures text-sm text-soft">
              {(["yaw", "pitch", "roll"] as const).map((axis) => (
                <div key={axis} className="flex justify-between border-b border-rule py-1"><dt>{axis}</dt><dd>{pose[axis].toFixed(1)}°</dd></div>
              ))}
            </dl>
          )}
          {(sheet?.flags ?? []).map((flag) => <p key={flag} className="mt-2 text-sm">{flag.replaceAll("_", " ")}</p>)}
        </div>
      </div>
    </Result>
  );
}

function Mesh({ points, size: [width, height] }: { points: [number, number, number][]; size: [number, number] }) {
  return (
    <svg viewBox={`0 0 ${width} ${height}`} className="absolute inset-0 size-full" aria-hidden data-mesh={points.length}>
      {points.map(([x, y], index) => <circle key={index} cx={x} cy={y} r={width / 300} className="fill-white" fillOpacity={0.85} />)}
    </svg>
  );
}
