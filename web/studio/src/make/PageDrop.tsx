import { useEffect, useState } from "react";
import { Notice } from "../ui/Notice";
import { type Kind, send } from "./uploads";
import { t } from "../i18n";

/** Take files that are dropped beside the boxes or pasted; without this, the browser would open them in place of the page. */
export function PageDrop() {
  const [unknown, setUnknown] = useState("");
  useEffect(() => {
    const take = (event: DragEvent | ClipboardEvent) => {
      const files = event instanceof DragEvent ? event.dataTransfer?.files : event.clipboardData?.files;
      const file = files?.[0];
      if (!file || event.defaultPrevented) return;
      event.preventDefault();
      const kind = kindOf(file);
      setUnknown(kind ? "" : file.name);
      if (kind) void send(kind, file);
    };
    const allow = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    };
    addEventListener("dragover", allow);
    addEventListener("drop", take);
    addEventListener("paste", take);
    return () => {
      removeEventListener("dragover", allow);
      removeEventListener("drop", take);
      removeEventListener("paste", take);
    };
  }, []);
  return unknown ? <Notice title={t("“{unknown}” is neither a picture nor a recording.", { unknown })} /> : null;
}

/** Tell what a file is for by its type, or by its name where the browser knows no type. */
export function kindOf({ type, name }: { type: string; name: string }): Kind | null {
  if (type.startsWith("image/") || /\.(jpe?g|png|webp|avif|hei[cf])$/i.test(name)) return "face";
  if (type.startsWith("audio/") || /\.(wav|mp3|flac|ogg|opus|m4a|mp4|webm)$/i.test(name)) return "voice";
  return null;
}
