import { useRef, useState } from "react";
import { rich, t } from "../i18n";

/** Made by this product with the engines that need no graphics card (`make sample`). */
const SAMPLE = "/static/sample/video.mp4";
const POSTER = "/static/sample/poster.jpg";
const PICTURE = "/static/sample/face-small.jpg";

/** A picture and the video that was made of it: it plays in its place at a click. */
export function SampleVideo() {
  const video = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState(false);
  return (
    <figure className="flex flex-col border-t border-rule bg-black text-white md:border-t-0">
      <div className="relative aspect-square">
        <video
          ref={video}
          src={SAMPLE}
          poster={POSTER}
          preload="none"
          playsInline
          controls={playing}
          onPlay={() => setPlaying(true)}
          onEnded={() => setPlaying(false)}
          aria-label={t("A sample video")}
          className="size-full object-cover"
        />
        {!playing && (
          <button
            type="button"
            aria-label={t("Play the sample video")}
            onClick={() => void video.current?.play()}
            className="group absolute inset-0 grid size-full place-items-center"
          >
            <span
              aria-hidden
              className="grid size-18 place-items-center rounded-full border border-white/70 bg-black/60 transition-transform group-hover:scale-105"
            >
              <svg viewBox="0 0 16 16" className="size-7" fill="currentColor">
                <path d="M5 2.5v11l8-5.5z" />
              </svg>
            </span>
          </button>
        )}
      </div>
      <figcaption className="flex flex-1 items-center gap-4 px-4 py-3 text-sm">
        <img src={PICTURE} alt="" width={48} height={48} className="size-12 shrink-0 object-cover" />
        <span>
          {rich("Made of <b>this one picture</b> on an ordinary processor, without a graphics card.", {
            b: (words) => <strong className="font-semibold">{words}</strong>,
          })}
        </span>
      </figcaption>
    </figure>
  );
}
