import type { ReactNode } from "react";

/** A message for the user, with what to do next. */
export function Notice({
  title,
  children,
  tone = "trouble",
}: {
  title: string;
  children?: ReactNode;
  tone?: "trouble" | "calm";
}) {
  const trouble = tone === "trouble";
  return (
    <div
      role={trouble ? "alert" : "status"}
      className={`appear border-s-4 px-4 py-3 text-[0.9375rem] ${trouble ? "border-danger bg-danger-wash" : "border-soft bg-paper"}`}
    >
      <p className="font-medium">{title}</p>
      {children && <div className="mt-1 space-y-2">{children}</div>}
    </div>
  );
}
