import { useState } from "react";
import { Problem } from "../api/client";
import { Button } from "../ui/Button";
import { look } from "./data";

/** A button that acts at the second press, and says how it went. */
export function Act({ label, sure, act }: { label: string; sure?: string; act: () => Promise<unknown> }) {
  const [asked, setAsked] = useState(false);
  const [said, setSaid] = useState("");
  const run = async () => {
    setAsked(false);
    setSaid("...");
    try {
      const told = await act();
      setSaid(typeof told === "string" ? told : "Done."); // what a server answers is not for people
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
