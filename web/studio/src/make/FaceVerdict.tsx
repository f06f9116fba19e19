import type { Uploaded } from "../api/types";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Frame } from "./Frame";
import { change, draft } from "./draft";
import { chosenFace, cropOf, whyUnusable } from "./verdict";
import { number, t } from "../i18n";

/** What the server found in the picture, and what the video would show. */
export function FaceVerdict({ upload }: { upload: Uploaded }) {
  const { face: clicked, aspect, height } = draft.use((now) => now);
  const { state, warnings, error_code } = upload.examination;
  if (state === "pending")
    return (
      <p role="status" className="caption py-2">
        {t("Looking for the face")}
      </p>
    );
  const why = whyUnusable(upload, clicked);
  if (state !== "done" && !why) return null;
  if (why) {
    return error_code === "SEVERAL_FACES" && state === "done" ? (
      <Notice title={t("Whose face should speak?")} tone="calm">
        <p>{t("The picture shows several faces. Click on one of them.")}</p>
      </Notice>
    ) : (
      <Notice title={t("This picture cannot be used")}>
        <p>{why}</p>
      </Notice>
    );
  }
  const index = chosenFace(upload, clicked);
  const crop = cropOf(upload, index, aspect);
  const sharp = index === null ? 0 : (upload.faces[index]?.quality.height ?? 0);
  const told = index === upload.examination.face_index ? (warnings ?? []) : [];
  return (
    <div className="space-y-3">
      {crop && (
        <figure>
          <div className="relative w-fit overflow-hidden bg-black">
            <img
              src={crop.signed_url}
              alt={t("What the video shows")}
              width={crop.width}
              height={crop.height}
              className="max-h-60 w-auto max-w-full"
            />
            <Frame />
          </div>
          <figcaption className="caption mt-1">{t("What the video shows")}</figcaption>
        </figure>
      )}
      {sharp > 0 && sharp < Number(height) && (
        <div className="space-y-1">
          <p>
            {t("The face has few pixels: it stays sharp up to {sharp}p, and the video is set to {height}p.", {
              sharp,
              height,
            })}
          </p>
          <Button variant="quiet" onClick={() => change({ height: String(sharp) })}>
            {t("Use {sharp}p", { sharp })}
          </Button>
        </div>
      )}
      <Warnings of={told} />
    </div>
  );
}

/** What the server found in the recording. */
export function VoiceVerdict({ upload }: { upload: Uploaded }) {
  const { state, warnings, sound } = upload.examination;
  if (state === "pending")
    return (
      <p role="status" className="caption py-2">
        {t("Listening to the recording")}
      </p>
    );
  if (state !== "done") return null;
  const why = whyUnusable(upload, null);
  if (why)
    return (
      <Notice title={t("This recording cannot be used")}>
        <p>{why}</p>
      </Notice>
    );
  return (
    <div className="space-y-2 text-sm">
      {sound && (
        <p className="figures text-soft">{t("{seconds} s of speech", { seconds: number(sound.speech_seconds, 1) })}</p>
      )}
      <Warnings of={warnings ?? []} />
    </div>
  );
}

function Warnings({ of }: { of: { code: string; message: string }[] }) {
  if (!of.length) return null;
  return (
    <ul className="list-disc space-y-1 ps-5 text-sm">
      {of.map(({ code, message }) => (
        <li key={code}>{message}</li>
      ))}
    </ul>
  );
}
