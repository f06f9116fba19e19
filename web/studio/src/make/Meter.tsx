import { t } from "../i18n";
const BARS = 24;

/** How loud the microphone hears, for the eye and for screen readers. */
export function Meter({ level }: { level: number }) {
  return (
    <div
      role="meter"
      aria-label={t("Loudness")}
      aria-valuenow={Math.round(level * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      className="flex h-7 flex-1 items-center gap-[3px]"
    >
      {Array.from({ length: BARS }, (_, index) => (
        <span
          key={index}
          className={`h-full flex-1 ${level * BARS > index ? (index > BARS * 0.85 ? "bg-recording" : "bg-ink") : "bg-rule"}`}
        />
      ))}
    </div>
  );
}
