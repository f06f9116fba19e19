import { useEffect } from "react";
import { usePageTitle } from "../lib/title";
import { FacePanel } from "./FacePanel";
import { ScriptPanel } from "./ScriptPanel";
import { SettingsPanel } from "./SettingsPanel";
import { SummaryPanel } from "./SummaryPanel";
import { VoicePanel } from "./VoicePanel";
import { PageDrop } from "./PageDrop";
import { t } from "../i18n";

export function MakePage() {
  usePageTitle(t("Create"));
  useEffect(() => void performance.mark("interactive"), []);
  return (
    <div className="max-lg:pb-24">
      <h1 className="sr-only">{t("Create a video")}</h1>
      <PageDrop />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="min-w-0 space-y-6">
          <FacePanel />
          <ScriptPanel />
          <VoicePanel />
          <SettingsPanel />
        </div>
        <div className="min-w-0 lg:sticky lg:top-6">
          <SummaryPanel />
        </div>
      </div>
    </div>
  );
}
