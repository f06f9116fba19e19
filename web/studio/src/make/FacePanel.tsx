import { useState } from "react";
import type { Uploaded } from "../api/types";
import { Panel } from "../ui/Panel";
import { FaceBoxes } from "./FaceBoxes";
import { FaceVerdict } from "./FaceVerdict";
import { FileDrop } from "./FileDrop";
import { FromLibrary } from "./FromLibrary";
import { chosen } from "./chosen";
import { Frame } from "./Frame";
import { FileCheckNote } from "./FileCheckNote";
import { send, uploads, useAcceptedUpload, useClearedRefusal } from "./uploads";
import { draft } from "./draft";
import { whyUnusable } from "./verdict";
import type { FileCheck } from "./fileCheck";
import { t } from "../i18n";

export function FacePanel() {
  const { check, preview } = uploads.use((now) => now.face);
  const accepted = useAcceptedUpload("face");
  useClearedRefusal("face");
  const kept = chosen.use((now) => now.face);
  const shown = kept?.signed_url || preview || accepted?.url || "";
  return (
    <Panel
      number="1"
      title={t("Face")}
      aside={kept ? kept.name : shown ? accepted?.original_name : "JPEG, PNG, WebP, HEIC"}
    >
      <FileDrop
        label={t("A picture of the face")}
        accept="image/jpeg,image/png,image/webp,image/avif,image/heic,.heic,.heif"
        onFile={(file) => void send("face", file)}
        className="overflow-hidden"
      >
        {shown ? (
          <Preview url={shown} check={kept ? { is: "none" } : check} accepted={kept ? null : accepted} />
        ) : (
          <Invitation />
        )}
      </FileDrop>
      <Camera />
      <FromLibrary kind="face" />
    </Panel>
  );
}

/** The camera of a phone or tablet; elsewhere the button is not there. */
function Camera() {
  return (
    <label className="mt-3 hidden min-h-11 w-fit items-center rounded-[3px] border border-ink/70 px-4 text-[0.9375rem] font-medium has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ink pointer-coarse:inline-flex">
      {t("Take a photo")}
      <input
        type="file"
        accept="image/*"
        capture="user"
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) void send("face", file);
        }}
      />
    </label>
  );
}

/** The picture with its faces, and what the video shows of it. */
function Preview({ url, check, accepted }: { url: string; check: FileCheck; accepted: Uploaded | null }) {
  const clicked = draft.use((now) => now.face);
  const useless = whyUnusable(accepted, clicked);
  const refused = check.is === "refused";
  // An accepted file without a usable face is no good news.
  const refusedByFace = accepted !== null && accepted.examination.error_code !== "SEVERAL_FACES" && useless !== "";
  const framed = !refused && accepted?.examination.state !== "done";
  return (
    <div className="flex flex-wrap items-start gap-x-6 gap-y-3 p-3">
      <div className={`relative w-fit overflow-hidden bg-black ${refused ? "grayscale opacity-60" : ""}`}>
        <Picture key={url} url={url} stored={accepted?.url ?? ""} />
        {framed && <Frame />}
        {accepted && <FaceBoxes upload={accepted} />}
      </div>
      <div className="min-w-44 flex-1 space-y-3 text-sm">
        <div aria-live="polite" className="space-y-3">
          {!refusedByFace && <FileCheckNote check={check} noun={t("picture")} />}
          {accepted && <FaceVerdict upload={accepted} />}
        </div>
        {framed && (
          <p className="max-w-[34ch] text-soft">
            {t("The frame shows the size of your format. The video centres it on the face.")}
          </p>
        )}
        <p className="underline decoration-rule underline-offset-4">{t("Choose another picture")}</p>
      </div>
    </div>
  );
}

/** The picture; browsers that cannot show the sent file, such as a HEIC, show the stored one. */
function Picture({ url, stored }: { url: string; stored: string }) {
  const [broken, setBroken] = useState(false);
  return (
    <img
      src={broken && stored ? stored : url}
      onError={() => setBroken(true)}
      alt={t("The face")}
      className="max-h-80 max-w-full"
    />
  );
}

function Invitation() {
  return (
    <div className="grid h-72 place-items-center px-6 text-center">
      <div>
        <svg
          viewBox="0 0 64 64"
          className="mx-auto mb-4 size-16 text-soft"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          aria-hidden
        >
          <path d="M4 16V4h12M48 4h12v12M60 48v12H48M16 60H4V48" />
          <ellipse cx="32" cy="29" rx="12" ry="15" />
          <path d="M14 56c3-8 10-11 18-11s15 3 18 11" />
        </svg>
        <p className="text-lg">{t("Drop a portrait here, or choose one")}</p>
        <p className="mt-1 text-sm text-soft">{t("One person, looking at the camera, the face in good light.")}</p>
      </div>
    </div>
  );
}
