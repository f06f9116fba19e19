import { useEffect } from "react";
import { FacePanel } from "./FacePanel";
import { LookPanel } from "./LookPanel";
import { SummaryPanel } from "./SummaryPanel";
import { VoicePanel } from "./VoicePanel";
import { WordsPanel } from "./WordsPanel";

export function MakePage() {
  useEffect(() => void performance.mark("interactive"), []);
  return (
    <div>
      <h1 className="sr-only">Make a video</h1>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="min-w-0 space-y-6">
          <FacePanel />
          <WordsPanel />
          <VoicePanel />
        </div>
        <div className="min-w-0 space-y-6 lg:sticky lg:top-6">
          <LookPanel />
          <SummaryPanel />
        </div>
      </div>
    </div>
  );
}
