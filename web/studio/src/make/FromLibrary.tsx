import { useState } from "react";
import { Link } from "react-router";
import { Problem } from "../api/client";
import { paths } from "../lib/paths";
import { type Kind, keep } from "../library/kept";
import { Button, buttonClass } from "../ui/Button";
import { chosen, unchoose } from "./chosen";
import { useAcceptedUpload } from "./uploads";
import { t } from "../i18n";

const WORDS = { face: { noun: t("picture"), view: "faces" }, voice: { noun: t("recording"), view: "voices" } } as const;

/** What was chosen from the library, the way to it, and a button that keeps the upload there. */
export function FromLibrary({ kind }: { kind: Kind }) {
  const item = chosen.use((now) => now[kind]);
  const upload = useAcceptedUpload(kind);
  const [said, setSaid] = useState("");
  const { noun, view } = WORDS[kind];
  const save = async (id: string) => {
    try {
      setSaid((await keep(kind, id)) ? t("It is in your library now.") : t("Your library has it already."));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setSaid(problem.message);
    }
  };
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2 text-sm">
      {item && <span>{t("From your library: {name}", { name: item.name })}</span>}
      {item && (
        <Button variant="quiet" onClick={() => unchoose(kind)}>
          {t("Use another {noun}", { noun })}
        </Button>
      )}
      <Link to={paths[view]} className={buttonClass("quiet")}>
        {t("Choose from your library")}
      </Link>
      {!item && upload && (
        <Button variant="quiet" onClick={() => void save(upload.upload_id)}>
          {t("Keep in your library")}
        </Button>
      )}
      <span role="status">{said}</span>
    </div>
  );
}
