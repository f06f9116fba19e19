/** How far something is, as a bar with its percentage. */
export function ProgressBar({ share, label, thin = false }: { share: number; label: string; thin?: boolean }) {
  const percent = Math.floor(100 * Math.min(1, share));
  return (
    <div className="mt-1 flex items-center gap-3">
      <div
        role="progressbar"
        aria-label={label}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        className={`flex-1 border border-ink bg-sheet ${thin ? "h-2" : "h-4"}`}
      >
        <div className="h-full bg-recording transition-[width] duration-150" style={{ width: `${percent}%` }} />
      </div>
      <span className="figures w-10 text-end">{percent}%</span>
    </div>
  );
}
