import type { Uploaded } from "../api/types";
import { change, draft } from "./draft";
import { chosenFace } from "./verdict";
import { t } from "../i18n";

/** The faces of a picture; a click chooses the one that speaks. */
export function FaceBoxes({ upload }: { upload: Uploaded }) {
  const clicked = draft.use((now) => now.face);
  const { width, height } = upload.examination;
  const only = upload.faces.length === 1 && upload.faces[0]?.usable;
  if (!width || !height || only) return null;
  const chosen = chosenFace(upload, clicked);
  const percent = (part: number, whole: number) => `${(100 * part) / whole}%`;
  return (
    <>
      {upload.faces.map(({ box, usable, reason }, index) => (
        <button
          key={index}
          type="button"
          aria-label={t("Face {index}{value}", { index: index + 1, value: usable ? "" : `: ${reason}` })}
          aria-pressed={index === chosen}
          title={usable ? t("Let this face speak") : (reason ?? "")}
          disabled={!usable}
          onClick={() => change({ face: { upload: upload.upload_id, index } })}
          style={{
            left: percent(box.left, width),
            top: percent(box.top, height),
            width: percent(box.width, width),
            height: percent(box.height, height),
          }}
          className={`absolute z-2 rounded-[3px] border-2 shadow-[0_0_0_1px_rgb(0_0_0/0.6)] ${
            !usable
              ? "cursor-not-allowed border-dashed border-white/70"
              : index === chosen
                ? "border-primary"
                : "border-white hover:border-primary"
          }`}
        />
      ))}
    </>
  );
}
