import { t } from "../i18n";
import { clock, duration } from "../lib/format";
import { useFocusReturn } from "../library/useFocusReturn";
import { Button } from "../ui/Button";
import { SceneForm } from "./SceneForm";
import { CAMERAS, EFFECTS, TRANSITIONS } from "./names";
import { type Plan, type Scene, moved, withScene, withoutScene } from "./plan";

interface SceneProps {
  plan: Plan;
  scene: Scene;
  index: number;
  start: number;
  editable: boolean;
  open: boolean;
  onOpen: (open: boolean) => void;
  onChange: (plan: Plan) => void;
  onSave: (plan: Plan) => Promise<unknown>;
}

/** A scene in short, or the form that changes it. */
export function SceneCard({ plan, scene, index, start, editable, open, onOpen, onChange, onSave }: SceneProps) {
  const name = t("Scene {number}", { number: index + 1 });
  const last = plan.scenes.length - 1;
  const edit = useFocusReturn(open);
  return (
    <article aria-label={name} className="py-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 className="font-medium">
          {name}
          <span className="figures ms-3 text-small text-soft">
            {clock(start)} · {duration(scene.seconds)}
          </span>
        </h3>
        {editable && !open && (
          <div className="flex flex-wrap">
            <Small
              label="↑"
              name={t("Move scene {number} up", { number: index + 1 })}
              off={index === 0}
              act={() => onChange(moved(plan, scene.id, -1))}
            />
            <Small
              label="↓"
              name={t("Move scene {number} down", { number: index + 1 })}
              off={index === last}
              act={() => onChange(moved(plan, scene.id, 1))}
            />
            <Button
              variant="quiet"
              ref={edit}
              aria-label={t("Edit scene {number}", { number: index + 1 })}
              onClick={() => onOpen(true)}
            >
              {t("Edit")}
            </Button>
            {last > 0 && (
              <Button
                variant="quiet"
                aria-label={t("Remove scene {number}", { number: index + 1 })}
                onClick={() => onChange(withoutScene(plan, scene.id))}
              >
                {t("Remove")}
              </Button>
            )}
          </div>
        )}
      </div>
      {open ? (
        <SceneForm
          scene={scene}
          first={index === 0}
          language={plan.language}
          onCancel={() => onOpen(false)}
          onSave={(changed) => onSave(withScene(plan, changed)).then(() => onOpen(false))}
        />
      ) : (
        <Summary scene={scene} language={plan.language} />
      )}
    </article>
  );
}

function Small({ label, name, off, act }: { label: string; name: string; off: boolean; act: () => void }) {
  return (
    <Button variant="quiet" className="min-w-11 no-underline" aria-label={name} disabled={off} onClick={act}>
      <span aria-hidden>{label}</span>
    </Button>
  );
}

function Summary({ scene, language }: { scene: Scene; language: string }) {
  const facts = [
    CAMERAS[scene.camera.move] ?? scene.camera.move,
    scene.transition.kind !== "cut" && (TRANSITIONS[scene.transition.kind] ?? scene.transition.kind),
    scene.speed !== 1 && t("{times}× speed", { times: scene.speed }),
    ...scene.effects.map((effect) => EFFECTS[effect] ?? effect),
  ].filter(Boolean);
  return (
    <div className="mt-1 space-y-1 text-[0.9375rem]">
      <p className="wrap-anywhere">{scene.prompt}</p>
      {scene.voice_line && (
        <p>
          <span className="text-soft">{t("Says:")}</span> <q lang={language}>{scene.voice_line}</q>
        </p>
      )}
      {scene.text && (
        <p>
          <span className="text-soft">{t("Text on the screen:")}</span> {scene.text}
        </p>
      )}
      <p className="text-small text-soft">{facts.join(" · ")}</p>
    </div>
  );
}
