import { useState } from "react";
import { Problem } from "../api/client";
import { Button } from "../ui/Button";
import { look } from "./data";

/** A button that asks for confirmation and shows the outcome. */
export function Act({ label, sure, act }: { label: string; sure?: string; act: () => Promise<unknown> }) {
  const [asked, setAsked] = useState(false);
  const [said, setSaid] = useState("");
  const run = async () => {
    setAsked(false);
    setSaid("...");
    try {
      const outcome = await act();
      setSaid(typeof outcome === "string" ? outcome : "Done."); // responses are not shown to users
      await look();
    } catch (problem) {
      setSaid(problem instanceof Problem ? problem.message : String(problem));
    }
  };
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <Button look={asked ? "cue" : "plain"} className="!min-h-9 !px-3 !py-1 !text-sm" onClick={() => (sure && !asked ? setAsked(true) : void run())} onBlur={() => setAsked(false)}>
        {asked ? sure : label}
      </Button>
      <span role="status" className="text-sm text-soft">{said}</span>
    </span>
  );
}
