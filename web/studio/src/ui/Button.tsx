import type { ComponentProps } from "react";

type Look = "cue" | "plain" | "quiet";

const LOOKS: Record<Look, string> = {
  cue: "bg-cue text-on-cue border-cue hover:brightness-110",
  plain: "border-ink/70 hover:bg-ink hover:text-sheet",
  quiet: "border-transparent text-soft hover:text-ink underline underline-offset-4 decoration-rule px-1",
};

const COMMON =
  "inline-flex items-center justify-center gap-2 rounded-[3px] border px-4 py-2 min-h-11 text-[0.9375rem] font-medium transition-colors " +
  "disabled:opacity-45 disabled:hover:bg-transparent disabled:hover:text-inherit";

export function looks(look: Look = "plain"): string {
  return `${COMMON} ${LOOKS[look]}`;
}

export function Button({
  look = "plain",
  className = "",
  ...rest
}: ComponentProps<"button"> & { look?: Look }) {
  const off = look === "cue" && rest.disabled ? "!bg-soft !border-soft !text-sheet" : "";
  return <button type="button" className={`${looks(look)} ${off} ${className}`} {...rest} />;
}
