import { useState } from "react";
import { count } from "../lib/format";
import { Button } from "../ui/Button";
import { cancelAll } from "./queue";

/** Cancel every video, or those that wait; asked twice, because several are lost at once. */
export function CancelAll({ all, waiting, onDone }: { all: number; waiting: number; onDone: (said: string) => void }) {
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState("");
  const act = async (state?: "queued") => {
    setError("");
    try {
      const number = await cancelAll(state);
      setAsking(false);
      onDone(`${count(number, "video is", "videos are")} being cancelled.`);
    } catch (problem) {
      setError((problem as Error).message);
    }
  };
  if (!asking) return <Button onClick={() => setAsking(true)}>Cancel all</Button>;
  return (
    <div role="group" aria-label="Cancel all" className="flex flex-wrap items-center gap-2"
      onKeyDown={(event) => { if (event.key === "Escape") setAsking(false); }}>
      {waiting > 0 && waiting < all && <Button onClick={() => void act("queued")}>Cancel the {waiting} waiting</Button>}
      <Button variant="danger" onClick={() => void act()}>Cancel {count(all, "video")}</Button>
      <Button variant="quiet" autoFocus onClick={() => setAsking(false)}>Keep</Button>
      {error && <p role="alert" className="text-small w-full">{error}</p>}
    </div>
  );
}
