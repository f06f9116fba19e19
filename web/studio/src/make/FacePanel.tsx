import { Panel } from "../ui/Panel";
import { Drop } from "./Drop";
import { VerdictNote } from "./VerdictNote";
import { draft } from "./draft";
import { send, uploads, useAccepted } from "./uploads";

export const SHAPES = { "9:16": "aspect-[9/16]", "16:9": "aspect-video", "1:1": "aspect-square" };

export function FacePanel() {
  const { verdict, preview } = uploads.use((now) => now.face);
  const accepted = useAccepted("face");
  const shown = preview || accepted?.url || "";
  const aspect = draft.use((now) => now.aspect);
  return (
    <Panel number="1" title="Face" aside={accepted ? accepted.original_name : "JPEG, PNG, WebP"}>
      <Drop
        label="A picture of the face"
        accept="image/jpeg,image/png,image/webp"
        onFile={(file) => void send("face", file)}
        className="overflow-hidden"
      >
        {shown ? <Preview url={shown} aspect={aspect} refused={verdict.is === "refused"} /> : <Invitation />}
      </Drop>
      <div aria-live="polite" className="mt-3"><VerdictNote verdict={verdict} noun="picture" /></div>
    </Panel>
  );
}

/** The picture with the frame of the video on it, so that its edges hold no surprise. */
function Preview({ url, aspect, refused }: { url: string; aspect: keyof typeof SHAPES; refused: boolean }) {
  return (
    <div className={`grid h-72 place-items-center bg-black ${refused ? "grayscale opacity-60" : ""}`}>
      <img src={url} alt="The face" className="col-start-1 row-start-1 h-72 w-full object-contain" />
      <div
        aria-hidden
        className={`col-start-1 row-start-1 ${SHAPES[aspect]} ${aspect === "16:9" ? "w-full max-w-lg" : "h-full"} max-h-full border border-white/80 shadow-[0_0_0_100vmax_rgb(0_0_0/0.35)] transition-all duration-300`}
      />
      <p className="caption absolute bottom-2 right-2 bg-black/80 px-2 py-1 !text-white">Replace</p>
    </div>
  );
}

function Invitation() {
  return (
    <div className="grid h-72 place-items-center px-6 text-center">
      <div>
        <svg viewBox="0 0 64 64" className="mx-auto mb-4 size-16 text-soft" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden>
          <path d="M4 16V4h12M48 4h12v12M60 48v12H48M16 60H4V48" />
          <ellipse cx="32" cy="29" rx="12" ry="15" />
          <path d="M14 56c3-8 10-11 18-11s15 3 18 11" />
        </svg>
        <p className="text-lg">Drop a portrait here, or choose one</p>
        <p className="mt-1 text-sm text-soft">One person, looking at the camera, the face in good light.</p>
      </div>
    </div>
  );
}
