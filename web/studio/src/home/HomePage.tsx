import { useEffect } from "react";
import { Link } from "react-router";
import { t } from "../i18n";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { buttonClass } from "../ui/Button";
import { RecentVideos } from "./RecentVideos";
import { SampleVideo } from "./SampleVideo";
import { SystemState } from "./SystemState";
import { TryIt } from "./TryIt";

const STEPS = [
  { title: t("Face"), text: t("A front-facing picture of one person who agrees to the video.") },
  { title: t("Script"), text: t("Your text, or a topic to write about, cut into scenes.") },
  { title: t("Voice"), text: t("A built-in voice, or one matched to a recording.") },
  { title: t("Video"), text: t("Watch every scene while it is made, then download it with subtitles.") },
];

/** What this is, with a result to see, a first video in one click, and what was made lately. */
export function HomePage() {
  usePageTitle("");
  useEffect(() => void performance.mark("interactive"), []);
  return (
    <div className="space-y-10">
      <section className="grid items-stretch border-t-2 border-ink bg-sheet md:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
        <div className="flex flex-col justify-center gap-8 px-4 py-8 sm:px-10 sm:py-12">
          <div>
            <h1 className="max-w-[16ch] text-4xl leading-[1.1] font-semibold tracking-tight sm:text-5xl">
              {t("A face, a voice and a script become a talking video.")}
            </h1>
            <p className="mt-4 max-w-[46ch] text-soft">
              {t("Everything is made on this server, and you watch each scene while it is made.")}
            </p>
          </div>
          <TryIt>
            <Link to={paths.create} className={`${buttonClass("primary")} min-h-13 px-8 text-base`}>
              {t("Create a video")}
            </Link>
          </TryIt>
          <SystemState />
        </div>
        <SampleVideo />
      </section>
      <RecentVideos />
      <section aria-labelledby="steps">
        <h2 id="steps" className="text-heading mb-group font-semibold">
          {t("How it works")}
        </h2>
        <ol className="grid gap-px border-y border-ink bg-rule sm:grid-cols-2 lg:grid-cols-4">
          {STEPS.map(({ title, text }, number) => (
            <li key={title} className="bg-sheet px-4 py-4">
              <h3 className="flex items-baseline gap-2 font-medium">
                <span className="figures text-soft">{number + 1}</span>
                {title}
              </h3>
              <p className="text-small mt-1 text-soft">{text}</p>
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}
