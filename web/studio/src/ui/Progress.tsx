import { Button } from "./Button";
import { t } from "../i18n";

/** How much of a file is sent; after the last byte, the server is at work. */
export function Progress({ share, label, onCancel }: { share: number; label: string; onCancel?: () => void }) {
  const percent = Math.round(100 * Math.min(1, share));
  return (
    <div className="flex items-center gap-4 bg-sheet p-4">
      <div className="min-w-0 flex-1">
        <p role="status" className="truncate text-sm">
          {label}
        </p>
        <div
          role="progressbar"
          aria-label={label}
          aria-valuenow={percent}
          aria-valuemin={0}
          aria-valuemax={100}
          className="mt-2 h-2 bg-rule"
        >
          <svg aria-hidden viewBox="0 0 100 1" preserveAspectRatio="none" className="block h-2 w-full">
            <rect width={percent} height="1" className={percent < 100 ? "fill-ink" : "animate-pulse fill-ink"} />
          </svg>
        </div>
      </div>
      {onCancel && (
        <Button variant="quiet" onClick={onCancel}>
          {t("Cancel")}
        </Button>
      )}
    </div>
  );
}
