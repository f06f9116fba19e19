import { size } from "../lib/format";
import { Notice } from "../ui/Notice";
import type { FileCheck } from "./fileCheck";

/** The server's check of a file, in words. */
export function FileCheckNote({ check, noun }: { check: FileCheck; noun: string }) {
  switch (check.is) {
    case "none":
      return null;
    case "asking":
      return <p role="status" className="caption py-2">Checking {check.name}</p>;
    case "accepted":
      return (
        <p role="status" className="py-2 text-sm">
          <span aria-hidden className="mr-2">✓</span>
          The {noun} was accepted.{" "}
          <span className="figures text-soft">
            {size(check.upload.bytes)}{check.upload.scanned ? ", scanned for viruses" : ""}
          </span>
        </p>
      );
    case "refused":
      return (
        <Notice title={check.reasons.length ? `The ${noun} was refused: ${check.name}` : check.title}>
          <ul className="space-y-2">
            {check.reasons.map((reason) => (
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
