import { type Aspect, draft } from "./draft";
import { t } from "../i18n";

/** The CSS of the largest box of each aspect ratio within its container. */
const SHAPES: Record<Aspect, string> = {
  "9:16": "aspect-[9/16] w-[min(100cqw,56.25cqh)]",
  "1:1": "aspect-square w-[min(100cqw,100cqh)]",
  "16:9": "aspect-video w-[min(100cqw,177.78cqh)]",
};

/** The part of the picture that the video shows, with captions and label if chosen. */
export function Frame() {
  const { aspect, captions, label, source, script } = draft.use((now) => now);
  const words = (source === "script" && script.trim().split(/\s+/).slice(0, 4).join(" ")) || t("Captions");
  return (
    <div aria-hidden className="absolute inset-0 grid place-items-center @container-size">
      <div
        className={`relative border border-white/90 shadow-[0_0_0_100vmax_rgb(0_0_0/0.5)] transition-[width,aspect-ratio] duration-300 ${SHAPES[aspect]}`}
      >
        {label && (
          <span className="absolute top-[4%] left-[4%] bg-black/60 px-1 text-[9px] text-white">
            {t("AI-generated")}
          </span>
        )}
        {captions && (
          <span className="absolute inset-x-[6%] bottom-[12%] text-center text-[11px] leading-tight font-bold text-white [text-shadow:0_0_3px_#000,0_0_3px_#000]">
            {words}
          </span>
        )}
      </div>
    </div>
  );
}
