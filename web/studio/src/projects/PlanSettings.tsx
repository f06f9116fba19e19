import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get } from "../api/client";
import type { VideoModel } from "../api/types";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { Choice } from "./Choice";
import { CAPTIONS, MUSIC } from "./names";
import type { Plan } from "./plan";

/** What concerns all scenes: the model, the music, the captions. */
export function PlanSettings({
  plan,
  hasTrack,
  editable,
  onSave,
}: {
  plan: Plan;
  hasTrack: boolean;
  editable: boolean;
  onSave: (plan: Plan) => void;
}) {
  const [now, setNow] = useState(plan);
  const models = useModels(plan.model.id);
  const music = hasTrack ? MUSIC : { none: MUSIC["none"]!, generated: MUSIC["generated"]! };
  return (
    <details className="border-b border-rule">
      <summary className="min-h-11 content-center font-medium">{t("Model, music and captions")}</summary>
      <fieldset disabled={!editable} className="space-y-4 pb-4">
        <div className="grid gap-4 sm:grid-cols-3">
          <Choice
            label={t("Model")}
            value={now.model.id}
            choices={models}
            onChange={(id) => setNow({ ...now, model: { id, reason: "" } })}
          />
          <Choice
            label={t("Music")}
            value={now.music.source}
            choices={music}
            onChange={(source) => setNow({ ...now, music: { ...now.music, source } })}
          />
          <Choice
            label={t("Captions")}
            value={now.captions}
            choices={CAPTIONS}
            onChange={(captions) => setNow({ ...now, captions })}
          />
        </div>
        {plan.model.reason && <p className="text-small text-soft">{plan.model.reason}</p>}
        {now.music.source === "generated" && (
          <TextField
            name="mood"
            label={t("Mood of the music")}
            maxLength={300}
            value={now.music.prompt}
            onChange={(prompt) => setNow({ ...now, music: { ...now.music, prompt } })}
          />
        )}
        <Button onClick={() => onSave(now)}>{t("Save these settings")}</Button>
      </fieldset>
    </details>
  );
}

/** The models that clips can be made with here; the plan's own is always among them. */
function useModels(used: string): Record<string, string> {
  const { data = [] } = useQuery({
    queryKey: ["models"],
    queryFn: async () => (await get<{ models: VideoModel[] }>("/api/models")).models,
    staleTime: 60_000,
  });
  const usable = data.filter(({ available }) => available).map(({ id, title }) => [id, title] as const);
  return { auto: t("Chosen by the server"), [used]: used, ...Object.fromEntries(usable) };
}
