import { useEffect, useRef, useState } from "react";
import { count, t } from "../i18n";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";

interface FinishedScenesProps {
  /** The address of the HLS playlist of the scenes. */
  playlist: string;
  finished: number;
}

/** The finished scenes one after the other, while the others are made: each follows when it is there. */
export function FinishedScenes({ playlist, finished }: FinishedScenesProps) {
  const [watching, setWatching] = useState(false);
  return (
    <section aria-label={t("Finished scenes")} data-watchable={finished} className="space-y-3">
      <div className="flex flex-wrap items-center gap-3">
        {!watching && <Button onClick={() => setWatching(true)}>{t("Watch the finished scenes")}</Button>}
        <p className="text-small text-soft">
          {t("{count} so far, without voices, music and transitions.", { count: count(finished, "scene") })}
        </p>
      </div>
      {watching && <Player playlist={playlist} />}
    </section>
  );
}

function Player({ playlist }: { playlist: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const [lost, setLost] = useState(false);
  useEffect(() => {
    const element = video.current;
    let end: (() => void) | undefined;
    let left = false;
    // The player is large, so that it is loaded only by those who watch.
    import("./hls").then(
      ({ playGrowing }) => {
        if (!left && element) end = playGrowing(element, playlist, () => setLost(true));
      },
      () => setLost(true),
    );
    return () => {
      left = true;
      end?.();
    };
  }, [playlist]);
  return (
    <>
      <video
        ref={video}
        controls
        autoPlay
        muted
        playsInline
        aria-label={t("The finished scenes so far")}
        className="aspect-9/16 max-h-[70vh] w-full bg-black sm:w-72"
      />
      {lost && (
        <Notice title={t("The scenes cannot be played here. Each can be watched when the video is finished.")} />
      )}
    </>
  );
}
