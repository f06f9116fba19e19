import { useEffect } from "react";
import { FacePanel } from "./FacePanel";
import { SettingsPanel } from "./SettingsPanel";
import { SummaryPanel } from "./SummaryPanel";
import { VoicePanel } from "./VoicePanel";
import { ScriptPanel } from "./ScriptPanel";

export function MakePage() {
  useEffect(() => void performance.mark("interactive"), []);
  return (
    <div>
      <h1 className="sr-only">Create a video</h1>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="min-w-0 space-y-6">
          <FacePanel />
          <ScriptPanel />
          <VoicePanel />
        </div>
        <div className="min-w-0 space-y-6 lg:sticky lg:top-6">
          <SettingsPanel />
          <SummaryPanel />
        </div>
      </div>
    </div>
  );
}
