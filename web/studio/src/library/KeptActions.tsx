import { useState } from "react";
import { Problem } from "../api/client";
import { go } from "../lib/navigate";
import { paths } from "../lib/paths";
import { choose } from "../make/chosen";
import { Button } from "../ui/Button";
import { Question } from "../ui/Question";
import { CutKept } from "./CutKept";
import { type Kept, type Kind, drop, link, load, setPublic } from "./kept";
import { useFocusReturn } from "./useFocusReturn";
import { WORDS } from "./words";
import { t } from "../i18n";

interface ActionsProps {
  kind: Kind;
  item: Kept;
  renaming: boolean;
  onRename: () => void;
  onDeleted: () => void;
}

/** What can be done with an item. */
export function KeptActions({ kind, item, renaming, onRename, onDeleted }: ActionsProps) {
  const [confirming, setConfirming] = useState(false);
  const [cutting, setCutting] = useState(false);
  const [said, setSaid] = useState("");
  const renameButton = useFocusReturn(renaming);
  const cutButton = useFocusReturn(cutting);
  const act = (work: Promise<string>) =>
    void work.then(setSaid, (problem: unknown) => {
      if (!(problem instanceof Problem)) throw problem;
      setSaid(problem.message);
    });
  const use = () => {
    choose(kind, item);
    go(paths.create);
  };
  if (cutting) {
    return (
      <CutKept
        item={item}
        onDone={(words) => {
          setCutting(false);
          setSaid(words);
        }}
      />
    );
  }
  return (
    <div className="flex flex-wrap gap-x-5">
      {mayBeUsed(item) && (
        <Button aria-label={t("Use in a new video: {name}", { name: item.name })} className="mb-2 w-full" onClick={use}>
          {t("Use in a new video")}
        </Button>
      )}
      {!renaming && (
        <Button variant="quiet" className="!px-0 !text-sm" ref={renameButton} onClick={onRename}>
          {t("Rename")}
        </Button>
      )}
      <Button variant="quiet" className="!px-0 !text-sm" onClick={() => act(copyLink(kind, item.id))}>
        {t("Copy link")}
      </Button>
      <Button
        variant="quiet"
        className="!px-0 !text-sm"
        onClick={() => act(setPublic(kind, item.id, !item.public_url).then(() => ""))}
      >
        {item.public_url ? t("Make private") : t("Make public")}
      </Button>
      {kind === "face" && (
        <Button
          variant="quiet"
          className="!px-0 !text-sm"
          onClick={() => act(load(kind, { q: "", similarTo: item }).then(() => ""))}
        >
          {t("Find similar")}
        </Button>
      )}
      {kind === "voice" && (
        <Button
          variant="quiet"
          className="!px-0 !text-sm"
          ref={cutButton}
          onClick={() => {
            setSaid("");
            setCutting(true);
          }}
        >
          {t("Keep a part")}
        </Button>
      )}
      <Button
        variant="quiet"
        className="!px-0 !text-sm"
        onClick={() => {
          setSaid("");
          setConfirming(true);
        }}
      >
        {t("Delete")}
      </Button>
      {confirming && (
        <Question
          title={t("Delete this {noun} for good?", { noun: WORDS[kind].noun })}
          keep={t("Keep it")}
          answers={[{ label: t("Delete for good"), danger: true, act: () => drop(kind, item.id), then: onDeleted }]}
          onClose={() => setConfirming(false)}
        >
          {item.public_url ? `${t("Its public address ends too.")} ` : ""}
          {t("Finished videos stay.")}
        </Question>
      )}
      <p role="status" className="w-full text-sm">
        {said}
      </p>
    </div>
  );
}

/** Whether a start with it would not be refused; with several faces, one is chosen on the Create page. */
function mayBeUsed({ moderation, examination }: Kept): boolean {
  if (moderation === "rejected") return false;
  return examination?.state !== "done" || examination.usable === true || examination.error_code === "SEVERAL_FACES";
}

async function copyLink(kind: Kind, id: string): Promise<string> {
  const url = await link(kind, id);
  try {
    await navigator.clipboard.writeText(url);
  } catch {
    return t("The browser does not allow it to be copied.");
  }
  return t("The link was copied. It works for 15 minutes.");
}
