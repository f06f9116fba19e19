import { useState } from "react";
import type { Draft } from "../api/types";
import { t } from "../i18n";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Panel } from "../ui/Panel";
import { ProgressBar } from "../ui/ProgressBar";
import { isBegun, isMade, useApproval, useDrafts, useStoryboard } from "./storyboard";

interface StoryboardProps {
  id: string;
  /** The progress of jobs, as their events say. */
  percents: Record<string, number>;
  onChangeScene: (scene: string) => void;
}

/** A draft of each scene, to approve or to change before anything is paid for. */
export function StoryboardPanel({ id, percents, onChangeScene }: StoryboardProps) {
  const { data, error, refetch } = useStoryboard(id);
  const making = useDrafts(id);
  const approval = useApproval(id);
  if (!data) {
    if (!error) return null;
    return (
      <Notice title={error.message}>
        <Button onClick={() => void refetch()}>{t("Try again")}</Button>
      </Notice>
    );
  }
  const { panels } = data;
  const begun = isBegun(data);
  const missing = panels.some(({ state }) => state === "missing" || state === "failed");
  const open = panels.filter((draft) => isMade(draft) && !draft.approved).map(({ scene_id }) => scene_id);
  const approved = panels.filter((draft) => draft.approved).length;
  const trouble = making.error ?? approval.error;
  const approve = (scenes: string[], to: boolean) => {
    if (!approval.isPending) approval.mutate({ scenes, approved: to });
  };
  return (
    <Panel
      title={t("Storyboard")}
      aside={begun && t("{approved} of {all} scenes approved", { approved, all: panels.length })}
    >
      <div className="space-y-4">
        <p className="text-small text-soft">
          {t("See a draft of each scene before you confirm. Drafts are made on this server and cost nothing.")}
        </p>
        {begun && (
          <ul className="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-4">
            {panels.map((draft) => (
              <li key={draft.scene_id} data-draft={draft.state} data-approved={draft.approved}>
                <OneDraft
                  draft={draft}
                  percent={percents[draft.job_id ?? ""] ?? draft.progress_percent}
                  onApprove={(to) => approve([draft.scene_id], to)}
                  onChange={() => onChangeScene(draft.scene_id)}
                />
              </li>
            ))}
          </ul>
        )}
        {trouble && <Notice title={trouble.message} />}
        <div className="flex flex-wrap gap-3">
          {missing && (
            <Button aria-disabled={making.isPending} onClick={() => !making.isPending && making.mutate()}>
              {begun ? t("Make the missing drafts") : t("Make the storyboard")}
            </Button>
          )}
          {open.length > 0 && <Button onClick={() => approve(open, true)}>{t("Approve all drafts")}</Button>}
        </div>
      </div>
    </Panel>
  );
}

interface DraftProps {
  draft: Draft;
  percent: number;
  onApprove: (approved: boolean) => void;
  onChange: () => void;
}

function OneDraft({ draft, percent, onApprove, onChange }: DraftProps) {
  const number = draft.scene + 1;
  const { state, approved, prompt } = draft;
  return (
    <article
      aria-label={t("Draft of scene {number}", { number })}
      className={`flex h-full flex-col gap-2 border p-3 text-small ${approved ? "border-success" : "border-rule"}`}
    >
      <Picture key={`${draft.job_id} ${draft.url !== null}`} draft={draft} />
      <p className="flex flex-wrap justify-between gap-x-3 font-medium">
        {t("Scene {number}", { number })}
        <span className={`font-normal ${approved ? "text-success" : "text-soft"}`}>{stateOf(draft)}</span>
      </p>
      {state === "making" && (
        <ProgressBar share={percent / 100} label={t("Progress of the draft of scene {number}", { number })} thin />
      )}
      <p className="line-clamp-3 flex-1 wrap-anywhere">{prompt}</p>
      <div className="flex flex-wrap gap-x-3">
        {isMade(draft) && (
          <Button
            variant={approved ? "quiet" : "plain"}
            aria-label={
              approved
                ? t("Take back the approval of scene {number}", { number })
                : t("Approve the draft of scene {number}", { number })
            }
            onClick={() => onApprove(!approved)}
          >
            {approved ? t("Take back") : t("Approve")}
          </Button>
        )}
        <Button variant="quiet" aria-label={t("Change scene {number}", { number })} onClick={onChange}>
          {t("Change")}
        </Button>
      </div>
    </article>
  );
}

/** The draft as a short video; its link is replaced when the former one has ended. */
function Picture({ draft: { url, scene } }: { draft: Draft }) {
  const [shown, setShown] = useState(url);
  if (!shown) return <div aria-hidden className="hatched mx-auto aspect-9/16 h-72 max-w-full border border-rule" />;
  return (
    <video
      controls
      muted
      loop
      playsInline
      preload="metadata"
      src={shown}
      onError={() => setShown(url)}
      aria-label={t("The draft of scene {number}", { number: scene + 1 })}
      className="mx-auto aspect-9/16 h-72 max-w-full bg-black object-contain"
    />
  );
}

function stateOf({ state, approved, outdated }: Draft): string {
  if (approved) return t("Approved");
  switch (state) {
    case "making":
      return t("Being made");
    case "made":
      return t("Draft");
    case "own":
      return t("Your own clip");
    case "failed":
      return t("Failed");
    case "missing":
      return outdated ? t("The scene has changed") : t("No draft yet");
  }
}
