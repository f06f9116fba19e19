import { count } from "../lib/format";
import type { Kept, Kind } from "./kept";
import { number, t } from "../i18n";

/** What a worker found in a picture or a recording, in a sentence, with its warnings. */
export function KeptVerdict({ kind, item: { examination, faces = [] } }: { kind: Kind; item: Kept }) {
  if (!examination || examination.state === "unavailable") return null;
  if (examination.state === "pending") {
    return (
      <p role="status" className="text-sm text-soft">
        {kind === "face" ? t("Looking for faces") : t("Listening to the recording")}
      </p>
    );
  }
  const several = examination.error_code === "SEVERAL_FACES";
  const { usable, reason, warnings, sound } = examination;
  return (
    <div className="space-y-1 text-sm" data-usable={usable}>
      {usable || several ? (
        <p className="text-soft">
          {kind === "voice"
            ? sound && t("{seconds} s of speech", { seconds: number(sound.speech_seconds, 1) })
            : several
              ? t("{count}: you choose the one that speaks on the Create page", { count: count(faces.length, "face") })
              : faces.length === 1
                ? t("One face, usable")
                : t("{count}, one usable", { count: count(faces.length, "face") })}
        </p>
      ) : (
        <p className="border-s-4 border-danger bg-danger-wash px-3 py-2 font-medium">
          {kind === "face" ? t("No video can be made of it") : t("It cannot be used")}: {reason}
        </p>
      )}
      {usable &&
        warnings?.map(({ code, message }) => (
          <p key={code} className="border-s-4 border-warning bg-warning-wash px-3 py-1">
            {message}
          </p>
        ))}
    </div>
  );
}
