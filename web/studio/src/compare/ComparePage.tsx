import { useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { remove } from "../api/client";
import { queryClient } from "../api/queries";
import { t } from "../i18n";
import { day, time } from "../lib/format";
import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Question } from "../ui/Question";
import { Waiting } from "../ui/Waiting";
import { SceneRows } from "./SceneRows";
import { type Take, useTake } from "./takes";

/** Two versions of a video side by side, as a whole and scene by scene; one of them is kept. */
export function ComparePage() {
  const [query] = useSearchParams();
  const [first, second] = [useTake(query.get("a") ?? ""), useTake(query.get("b") ?? "")];
  const videos = useRef<(HTMLVideoElement | null)[]>([null, null]);
  const [loud, setLoud] = useState(0);
  usePageTitle(t("Compare takes"));
  const error = first.error ?? second.error;
  if (error) return <Notice title={error.message} />;
  if (!first.data || !second.data) return <Waiting />;
  const takes = [first.data, second.data] as const;
  const playBoth = () => {
    for (const video of videos.current) {
      if (!video) continue;
      video.currentTime = 0;
      void video.play().catch(() => undefined);
    }
  };
  return (
    <div className="space-y-section">
      <header className="flex flex-wrap items-end justify-between gap-4 border-b-2 border-ink pb-2">
        <h1 className="text-title font-semibold tracking-tight">{t("Compare takes")}</h1>
        <Button onClick={playBoth}>{t("Play both from the beginning")}</Button>
      </header>
      <div className="grid gap-4 sm:grid-cols-2 sm:gap-6">
        {takes.map((take, index) => (
          <section key={take.id} aria-label={nameOf(index)} data-take={take.id} className="space-y-3 bg-sheet p-4">
            <h2 className="flex items-baseline justify-between gap-3">
              <span className="font-semibold">{nameOf(index)}</span>
              <span className="caption">
                {day(take.made)}, {time(take.made)}
              </span>
            </h2>
            <video
              ref={(element) => {
                videos.current[index] = element;
              }}
              src={take.video}
              poster={take.poster}
              muted={loud !== index}
              controls
              playsInline
              preload="metadata"
              onVolumeChange={(event) => event.currentTarget.muted || setLoud(index)}
              aria-label={t("The video of {name}", { name: nameOf(index) })}
              className="max-h-[60vh] w-full bg-black object-contain"
            />
            <p className="line-clamp-2">
              <Link to={paths.video(take.id)} className="underline decoration-rule underline-offset-4">
                {take.title}
              </Link>
            </p>
            <p className="flex flex-wrap items-center gap-3">
              <Button aria-pressed={loud === index} onClick={() => setLoud(index)}>
                {loud === index ? t("You hear this one") : t("Hear this one")}
              </Button>
              <Keep kept={take} other={takes[1 - index]!} name={nameOf(index)} />
            </p>
          </section>
        ))}
      </div>
      <SceneRows takes={takes} />
    </div>
  );
}

export const nameOf = (index: number): string => (index ? t("Take B") : t("Take A"));

/** Choose one take; the other stays until it is deleted here, which is asked. */
function Keep({ kept, other, name }: { kept: Take; other: Take; name: string }) {
  const [asking, setAsking] = useState(false);
  const show = () => go(paths.video(kept.id));
  const removeOther = async () => {
    await remove(`/api/jobs/${other.id}`);
    await queryClient.invalidateQueries();
    show();
  };
  return (
    <>
      <Button variant="primary" aria-label={`${t("Choose this take")}: ${name}`} onClick={() => setAsking(true)}>
        {t("Choose this take")}
      </Button>
      {asking && (
        <Question
          title={t("Delete the other take for good?")}
          keep={t("Cancel")}
          answers={[
            { label: t("Keep both"), act: show },
            { label: t("Delete the other"), danger: true, act: removeOther },
          ]}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
