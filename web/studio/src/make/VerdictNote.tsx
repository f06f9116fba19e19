import { size } from "../lib/format";
import { Notice } from "../ui/Notice";
import type { Verdict } from "./verdict";

/** The server's check of a file, in words. */
export function VerdictNote({ verdict, noun }: { verdict: Verdict; noun: string }) {
  switch (verdict.is) {
    case "none":
      return null;
    case "asking":
      return <p role="status" className="caption py-2">Checking {verdict.name}</p>;
    case "accepted":
      return (
        <p role="status" className="py-2 text-sm">
          <span aria-hidden className="mr-2">✓</span>
          The {noun} was accepted.{" "}
          <span className="figures text-soft">
            {size(verdict.upload.bytes)}{verdict.upload.scanned ? ", scanned for viruses" : ""}
          </span>
        </p>
      );
    case "refused":
      return (
        <Notice title={verdict.reasons.length ? `The ${noun} was refused: ${verdict.name}` : verdict.title}>
          <ul className="space-y-2">
            {verdict.reasons.map((reason) => (
              <li key={reason.layer + reason.message}>
                <span className="caption block">{reason.layer}</span>
                {reason.message} <span className="text-soft">{reason.remedy}</span>
              </li>
            ))}
          </ul>
        </Notice>
      );
  }
}
