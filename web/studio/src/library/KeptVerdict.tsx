import { count } from "../lib/format";
import type { Kept, Kind } from "./kept";

/** What a worker found in a picture or a recording, in a sentence, with its warnings. */
export function KeptVerdict({ kind, item: { examination, faces = [] } }: { kind: Kind; item: Kept }) {
  if (!examination || examination.state === "unavailable") return null;
  if (examination.state === "pending") {
    return <p role="status" className="text-sm text-soft">{kind === "face" ? "Looking for faces" : "Listening to the recording"}</p>;
  }
  const several = examination.error_code === "SEVERAL_FACES";
  const { usable, reason, warnings, sound } = examination;
  return (
    <div className="space-y-1 text-sm" data-usable={usable}>
      {usable || several ? (
        <p className="text-soft">
          {kind === "voice" ? sound && `${sound.speech_seconds.toFixed(1)} s of speech` : several ? `${count(faces.length, "face")}: you choose the one that speaks on the Create page` : faces.length === 1 ? "One face, usable" : `${count(faces.length, "face")}, one usable`}
        </p>
      ) : (
        <p className="border-l-4 border-danger bg-danger-wash px-3 py-2 font-medium">{kind === "face" ? "No video can be made of it" : "It cannot be used"}: {reason}</p>
      )}
      {usable && warnings?.map(({ code, message }) => <p key={code} className="border-l-4 border-warning bg-warning-wash px-3 py-1">{message}</p>)}
    </div>
  );
}
