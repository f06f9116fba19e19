import type { ComponentProps } from "react";

type Variant = "primary" | "danger" | "plain" | "quiet";

const VARIANTS: Record<Variant, string> = {
  primary: "bg-primary text-on-primary border-primary hover:brightness-110",
  danger: "bg-danger text-on-danger border-danger hover:brightness-110",
  plain: "border-ink/70 hover:bg-ink hover:text-sheet",
  quiet: "border-transparent text-soft hover:text-ink underline underline-offset-4 decoration-rule px-1",
};

const COMMON =
  "inline-flex items-center justify-center gap-2 rounded-[3px] border px-4 py-2 min-h-11 text-[0.9375rem] font-medium transition-colors " +
  "aria-disabled:cursor-not-allowed aria-disabled:opacity-60 disabled:opacity-45 disabled:hover:bg-transparent disabled:hover:text-inherit";

export function buttonClass(variant: Variant = "plain"): string {
  return `${COMMON} ${VARIANTS[variant]}`;
}

export function Button({
  variant = "plain",
  className = "",
  ...rest
}: ComponentProps<"button"> & { variant?: Variant }) {
  const off = variant === "primary" && rest.disabled ? "!bg-soft !border-soft !text-sheet" : "";
  return <button type="button" className={`${buttonClass(variant)} ${off} ${className}`} {...rest} />;
}
