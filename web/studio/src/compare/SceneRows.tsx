import { t } from "../i18n";
import type { Take, TakeScene } from "./takes";

/** Both takes scene by scene, those that differ marked. */
export function SceneRows({ takes }: { takes: readonly [Take, Take] }) {
  const rows = Math.max(...takes.map(({ scenes }) => scenes.length));
  if (!rows) return null;
  const named = [t("Take A"), t("Take B")];
  return (
    <section aria-labelledby="scenes">
      <h2 id="scenes" className="text-heading mb-group font-semibold">
        {t("Scene by scene")}
      </h2>
      <ol className="space-y-4">
        {Array.from({ length: rows }, (_, at) => {
          const pair = takes.map(({ scenes }) => scenes[at] ?? null);
          const same = pair[0]?.text === pair[1]?.text;
          return (
            <li key={at} data-same={same} className="border-t border-rule bg-sheet">
              <h3 className="caption flex justify-between gap-4 px-4 pt-3">
                {t("Scene {number}", { number: at + 1 })}
                {!same && <span className="text-warning">{t("the words differ")}</span>}
              </h3>
              <div className="grid gap-x-6 gap-y-3 p-4 sm:grid-cols-2">
                {pair.map((scene, index) => (
                  <Half
                    key={index}
                    scene={scene}
                    label={`${named[index]}, ${t("scene {number}", { number: at + 1 })}`}
                  />
                ))}
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Half({ scene, label }: { scene: TakeScene | null; label: string }) {
  if (!scene) return <p className="hatched min-h-16 border border-rule" aria-label={`${label}: ${t("none")}`} />;
  return (
    <div className="min-w-0 space-y-2">
      <p className="leading-relaxed">{scene.text}</p>
      {scene.speech && <audio controls preload="none" src={scene.speech} aria-label={label} className="h-10 w-full" />}
      {scene.video && (
        <video
          controls
          muted
          loop
          playsInline
          preload="none"
          src={scene.video}
          aria-label={label}
          className="max-h-56 bg-black"
        />
      )}
    </div>
  );
}
