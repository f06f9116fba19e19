import { count, number, t } from "../i18n";
import { clock, duration } from "../lib/format";
import { Cell, Cells } from "../ui/Cell";
import { Panel } from "../ui/Panel";
import { Degradations } from "./Degradations";
import type { Facts, Shot } from "./facts";
import { CAMERAS, SHOT_TRANSITIONS, SOUNDS } from "./names";

/** What the analysis has measured in the sample. */
export function FactsPanel({ facts }: { facts: Facts }) {
  const { technical, shots, sound, degraded } = facts;
  return (
    <Panel title={t("What makes the sample work")} aside={count(shots.length, "shot")}>
      <div className="space-y-5">
        <Cells label={t("Facts of the sample")}>
          <Cell caption={t("Length")}>{clock(technical.seconds)}</Cell>
          <Cell caption={t("Picture")}>
            {technical.width}×{technical.height}
          </Cell>
          <Cell caption={t("Frames per second")}>{number(technical.frame_rate)}</Cell>
          <Cell caption={t("Sound")}>{SOUNDS[sound.kind] ?? sound.kind}</Cell>
          {sound.loudness !== null && <Cell caption={t("Loudness")}>{number(sound.loudness, 1)} LUFS</Cell>}
          {sound.tempo !== null && (
            <Cell caption={t("Tempo")}>{t("{beats} beats a minute", { beats: Math.round(sound.tempo) })}</Cell>
          )}
        </Cells>
        <Strip shots={shots} seconds={technical.seconds} />
        <details open={shots.length <= 6}>
          <summary className="min-h-11 content-center font-medium">{t("Shot by shot")}</summary>
          <ol className="grid gap-x-6 sm:grid-cols-2">
            {shots.map((shot, index) => (
              <li key={shot.start} className="flex gap-4 border-b border-rule py-3">
                <span className="figures w-6 shrink-0 text-soft">{index + 1}</span>
                <ShotFacts shot={shot} />
              </li>
            ))}
          </ol>
        </details>
        {sound.words.length > 0 && (
          <p className="text-small">
            <span className="text-soft">{t("Words:")}</span>{" "}
            <q lang={sound.language || undefined}>{sound.words.map(({ text }) => text).join(" ")}</q>
          </p>
        )}
        <Degradations degraded={degraded} />
      </div>
    </Panel>
  );
}

/** The shots as long as they last, each in its first colour. */
function Strip({ shots, seconds }: { shots: Shot[]; seconds: number }) {
  return (
    <div aria-hidden className="flex h-8 gap-px border border-ink bg-ink">
      {shots.map(({ start, end, palette }) => (
        <span
          key={start}
          className="min-w-0.5 bg-rule"
          style={{ width: `${(100 * (end - start)) / seconds}%`, background: palette[0]?.colour }}
        />
      ))}
    </div>
  );
}

function ShotFacts({ shot }: { shot: Shot }) {
  const { start, end, transition, camera, palette, light, faces, subjects } = shot;
  const said = [
    SHOT_TRANSITIONS[transition] ?? transition,
    CAMERAS[camera.move] ?? camera.move,
    light && t("{share} % bright", { share: Math.round(100 * light.brightness) }),
    faces.length > 0 && count(faces.length, "face"),
    ...subjects,
  ].filter(Boolean);
  return (
    <div className="min-w-0 flex-1 space-y-1 text-small">
      <p className="figures">
        {between(start, end)}
        <span className="text-soft"> · {duration(end - start)}</span>
      </p>
      <p>{said.join(" · ")}</p>
      <ul aria-label={t("Colours")} className="flex h-5 max-w-48 border border-rule">
        {palette.map(({ colour, share }) => (
          <li key={colour} title={colour} className="min-w-2" style={{ flexGrow: share, background: colour }}>
            <span className="sr-only">{colour}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Say from when to when something lasts. */
function between(start: number, end: number): string {
  return `${number(start, 1)}–${number(end, 1)} s`;
}
